import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type DiskContext, readContext } from '../../core/disk/read-context.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { normalisePlatform } from '../../core/image/platform.ts';
import { type Complaint, ofProblem } from '../../core/lint/judge.ts';
import type { BuildPlan } from '../../core/plan/plan.ts';
import { planDockerfile } from '../../core/plan/plan-dockerfile.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

/** A Dockerfile planned over the folder that it lies in. */
export interface PlannedLayers {
  /** Absolute. */
  readonly file: string;
  readonly plan: BuildPlan;
  readonly context: DiskContext;
  /** What keeps it from being built, or from being built as meant. */
  readonly complaints: readonly Complaint[];
}

/**
 * The Dockerfile that an argument means: a file, or a folder with a Dockerfile in it; undefined where it is neither, and
 * so the name of an image. Error: EngineError `invalid` for what is written as a path and means no Dockerfile.
 */
export async function dockerfileAt(argument: string): Promise<string | undefined> {
  const path = resolve(argument);
  for (const candidate of [path, join(path, 'Dockerfile')]) if (await isFile(candidate)) return candidate;
  if (!/^[./]|\/$/.test(argument)) return undefined;
  throw invalid({
    code: 'dockerfile-missing',
    message: `there is no Dockerfile at ${argument}`,
    subject: argument,
  });
}

/** Plans every stage without an engine: what base images bring is not known. Error: what the file system says. */
export async function planLayers(file: string, signal: AbortSignal): Promise<PlannedLayers> {
  const { value: dockerfile, problems } = readDockerfile(await readFile(file, { encoding: 'utf8', signal }));
  const context = await readContext(dirname(file), file, signal);
  const planned = planDockerfile(dockerfile, {
    context: context.tree,
    ignore: context.ignore,
    buildArgs: {},
    images: new Map(),
    buildPlatform: normalisePlatform({ os: 'linux', architecture: process.arch }),
    allStages: true,
  });
  // What cannot be read is not built: what follows from it need not be told.
  const broken = problems.some(({ severity }) => severity === 'error');
  const told = broken ? problems : [...problems, ...planned.problems];
  return { file, plan: planned.value, context, complaints: told.map(ofProblem) };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG')) return false;
    throw error;
  }
}
