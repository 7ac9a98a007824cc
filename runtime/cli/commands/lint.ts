import { writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { type FoundConfig, findHadolintConfig, readHadolintConfig } from '../../../core/disk/find-hadolint-config.ts';
import { type HadolintConfig, joinConfigs, settingsOf, type Threshold } from '../../../core/lint/hadolint-config.ts';
import type { FindingSeverity } from '../../../core/lint/lint.ts';
import { invalid, notFound } from '../../errors.ts';
import { VERSION } from '../../version.ts';
import { type Command, print, type Surface } from '../command.ts';
import { LINT_FORMATS } from '../lint/formats.ts';
import { folderOf, judgeFile, unreadable } from '../lint/judge-file.ts';
import {
  configOfArguments,
  configOfEnvironment,
  LINT_HELP,
  LINT_OPTIONS,
  reportsOfArguments,
} from '../lint/lint-options.ts';
import { RegistryQuestions } from '../lint/registry-questions.ts';
import type { Report, ReportedComplaint } from '../lint/report.ts';

/** `lapstrake lint`, with hadolint's options and exit codes: 1 where something is found, from the threshold on. */
export const lint: Command = {
  name: 'lint',
  usage: '[OPTIONS] FILE... (- reads stdin)',
  summary: 'Tell what is wrong with Dockerfiles, as the editor does; takes hadolint’s options and configuration',
  options: LINT_OPTIONS,
  optionHelp: LINT_HELP,
  positionals: [1, Number.POSITIVE_INFINITY],
  async run(args, surface) {
    const own = configOfArguments(args);
    const configs = new Configs(own, args.text('config'), surface);
    const files: { name: string; complaints: ReportedComplaint[]; config: HadolintConfig }[] = [];
    const context = args.text('context');
    const registries = args.has('registry') ? new RegistryQuestions(surface) : undefined;
    for (const name of args.positionals) {
      const config = await configs.of(name);
      const shownAs = args.text('file-path-in-report') ?? name;
      const judging = {
        ...{ settings: settingsOf(config), shownAs },
        ...(context !== undefined && { context }),
        ...(registries && { registries }),
      };
      files.push({ name: shownAs, complaints: await judgeFile(name, judging, surface), config });
    }
    if (surface.shellChecker().isMissing) {
      print(
        surface.stderr,
        'lapstrake: shellcheck is not installed, so its rules (SC…) say nothing of the shell in RUN',
      );
    }
    const config = files[0]?.config ?? own;
    const color = surface.stdout.isTTY === true && config.noColor !== true;
    const report: Report = { files, version: VERSION, now: new Date(surface.now()), color };
    const reports = reportsOfArguments(args, config);
    for (const { format, file } of reports) {
      const text = LINT_FORMATS[format](file === undefined ? report : { ...report, color: false });
      if (file === undefined) surface.stdout.write(text);
      else await writeReport(file, text, surface.signal);
    }
    if (reports.some(({ format }) => format === 'codeclimate' || format === 'codacy')) return 0;
    return files.some(fails) ? 1 : 0;
  },
};

/** Whether a file has what its own configuration takes for a failure. */
function fails({ complaints, config }: { complaints: ReportedComplaint[]; config: HadolintConfig }): boolean {
  const { noFail, failureThreshold = 'info' } = config;
  return noFail !== true && complaints.some(({ level }) => reaches(level, failureThreshold));
}

/** Error: EngineError `invalid` where it cannot be written. */
async function writeReport(file: string, text: string, signal: AbortSignal): Promise<void> {
  try {
    await writeFile(file, text, { signal });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause) || signal.aborted) throw cause;
    const message = `cannot write the report to ${file}: ${cause.message}`;
    throw invalid({ code: 'report-unwritable', message, subject: file, cause });
  }
}

const ORDER: readonly (FindingSeverity | Threshold)[] = ['error', 'warning', 'info', 'style', 'ignore', 'none'];

function reaches(level: FindingSeverity, threshold: Threshold): boolean {
  return ORDER.indexOf(level) <= ORDER.indexOf(threshold);
}

/** How each file is to be judged. What is wrong with a configuration is told once. */
class Configs {
  readonly #told = new Set<string | undefined>();

  /** `own`: what the command line says; `named`: the configuration that it names. */
  constructor(
    private readonly own: HadolintConfig,
    private readonly named: string | undefined,
    private readonly surface: Surface,
  ) {}

  /** The environment's, the file's and the command line's, the last before the others. A file that cannot be read is told. */
  async of(name: string): Promise<HadolintConfig> {
    const found = await foundConfig(name, this.named, this.surface);
    const config = joinConfigs([configOfEnvironment(this.surface.env), found?.config ?? {}, this.own]);
    if (!this.#told.has(found?.file)) this.#tell(found, config);
    this.#told.add(found?.file);
    return config;
  }

  #tell(found: FoundConfig | undefined, { verbose }: HadolintConfig): void {
    const { stderr } = this.surface;
    if (verbose === true) print(stderr, `configuration: ${found?.file ?? 'none'}`);
    if (found?.problem !== undefined) print(stderr, `lapstrake: the configuration ${found.file} ${found.problem}`);
  }
}

/** Error: EngineError `not-found` for a file that is named and not there, `invalid` for one that cannot be read. */
async function foundConfig(
  name: string,
  named: string | undefined,
  surface: Surface,
): Promise<FoundConfig | undefined> {
  if (named === undefined) {
    const { HOME: home = homedir(), XDG_CONFIG_HOME: configHome } = surface.env;
    const place = { folder: folderOf(name), top: process.cwd(), home, ...(configHome && { configHome }) };
    return findHadolintConfig(place, surface.signal);
  }
  const found = await readHadolintConfig(named, surface.signal).catch((cause: unknown) => {
    throw unreadable(named, cause, surface.signal);
  });
  if (found !== undefined) return found;
  throw notFound({ code: 'config-missing', message: `there is no file ${named}`, subject: named });
}
