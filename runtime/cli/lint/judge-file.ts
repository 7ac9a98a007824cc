import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type DiskContext, readContext } from '../../../core/disk/read-context.ts';
import { isErrno } from '../../../core/disk/read-ignore.ts';
import { readDockerfile } from '../../../core/dockerfile/read.ts';
import type { Dockerfile } from '../../../core/dockerfile/stages.ts';
import { formatPlatform, normalisePlatform, type Platform } from '../../../core/image/platform.ts';
import { type Complaint, judge, type LintOptions } from '../../../core/lint/lint.ts';
import type { LintSettings } from '../../../core/lint/lint-settings.ts';
import { type CheckedScript, shellCheckScripts } from '../../../core/lint/shellcheck-scripts.ts';
import { planDockerfile } from '../../../core/plan/plan-dockerfile.ts';
import { invalid, notFound } from '../../errors.ts';
import type { Surface } from '../command.ts';
import type { RegistryQuestions } from './registry-questions.ts';
import type { ReportedComplaint } from './report.ts';

/** How a file is to be judged. */
export interface Judging {
  readonly settings: LintSettings;
  /** The build context; absent where it is not to be looked at. */
  readonly context?: string;
  /** Absent where no registry is to be asked. */
  readonly registries?: RegistryQuestions;
  /** Its name in reports. */
  readonly shownAs: string;
}

/** All that is wrong with a file, or with what comes on stdin (`-`), in the order of the text. Error: EngineError. */
export async function judgeFile(name: string, judging: Judging, surface: Surface): Promise<ReportedComplaint[]> {
  const text = await readSource(name, surface);
  const parsed = readDockerfile(text);
  const context =
    judging.context === undefined ? undefined : await readContextOf(name, judging.context, surface.signal);
  const checker = surface.shellChecker();
  await checker.check(shellCheckScripts(parsed.value), surface.signal);
  const buildPlatform = normalisePlatform({ os: 'linux', architecture: process.arch });
  const options = {
    shellCheck: (script: CheckedScript) => checker.commentsOn(script),
    settings: judging.settings,
    shell: await surface.shell(),
    ...(context && { context }),
    ...(judging.registries && (await askedRegistries(judging.registries, parsed.value, buildPlatform))),
  };
  const complaints = judge(parsed, text, options, { buildPlatform, ...(context && { context }) });
  return complaints
    .sort((a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character)
    .map((complaint) => toReported(judging.shownAs, complaint));
}

/** What registries say of the images that stages start from or copy from. */
async function askedRegistries(
  registries: RegistryQuestions,
  dockerfile: Dockerfile,
  buildPlatform: Platform,
): Promise<Pick<LintOptions, 'registryOf' | 'platform'>> {
  const inputs = { buildArgs: {}, images: new Map(), buildPlatform, allStages: true };
  const answers = await registries.about(planDockerfile(dockerfile, inputs).value.references);
  return { registryOf: (name) => answers.get(name), platform: formatPlatform(buildPlatform) };
}

/** The folder that a file lies in; the working directory for stdin. */
export function folderOf(name: string): string {
  return name === '-' ? process.cwd() : dirname(resolve(name));
}

function toReported(file: string, { code, aliases, message, severity, range, url }: Complaint): ReportedComplaint {
  return {
    file,
    line: range.start.line + 1,
    column: range.start.character + 1,
    endLine: range.end.line + 1,
    endColumn: range.end.character + 1,
    level: severity,
    code,
    aliases,
    message,
    ...(url !== undefined && { url }),
  };
}

async function readSource(name: string, surface: Surface): Promise<string> {
  const bytes = await readBytes(name, surface);
  const mark = bytes.subarray(0, 2).toString('hex');
  if (mark !== 'fffe' && mark !== 'feff') return bytes.toString('utf8');
  const message = `${name} is written in UTF-16, which no build can read: save it as UTF-8`;
  throw invalid({ code: 'dockerfile-encoding', message, subject: name });
}

async function readBytes(name: string, { stdin, signal }: Surface): Promise<Buffer> {
  if (name === '-') return buffer(addAbortSignal(signal, stdin));
  try {
    return await readFile(name, { signal });
  } catch (cause) {
    if (isErrno(cause, 'ENOENT') || isErrno(cause, 'ENOTDIR')) {
      throw notFound({ code: 'dockerfile-missing', message: `there is no file ${name}`, subject: name, cause });
    }
    throw unreadable(name, cause, signal);
  }
}

async function readContextOf(name: string, context: string, signal: AbortSignal): Promise<DiskContext> {
  try {
    return await readContext(resolve(context), name === '-' ? '' : resolve(name), signal);
  } catch (cause) {
    throw unreadable(context, cause, signal);
  }
}

/** What to throw for what the file system says of a file: an EngineError `invalid`; anything else as it is. */
export function unreadable(name: string, cause: unknown, signal: AbortSignal): unknown {
  if (!(cause instanceof Error && 'code' in cause) || signal.aborted) return cause;
  return invalid({ code: 'file-unreadable', message: `cannot read ${name}: ${cause.message}`, subject: name, cause });
}
