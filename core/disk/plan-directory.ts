import { join } from 'node:path';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { Ignore } from '../ignore/ignore.ts';
import type { Digest } from '../image/digest.ts';
import { filesToDigest, planKeys, type StepKey } from '../plan/cache-key.ts';
import type { BaseImage, BuildPlan, PlanInputs, PlanResult } from '../plan/plan.ts';
import { planDockerfile } from '../plan/plan-dockerfile.ts';
import type { ContentDigests } from './content-digests.ts';
import { readIgnore } from './read-ignore.ts';
import { sha256 } from './sha256.ts';
import { type WalkedContext, walkContext } from './walk-context.ts';

/** A build context as it lies on disk. */
export interface DiskContext extends WalkedContext {
  /** Absolute. */
  readonly root: string;
  readonly ignore: Ignore;
  /** The ignore file, absolute; absent where there is none. */
  readonly ignoreFile?: string;
}

/** What a directory is planned with, beside what lies in it. */
export interface DirectoryPlan {
  readonly dockerfile: Dockerfile;
  /** Folder of the build context, absolute. */
  readonly context: string;
  /** The Dockerfile, absolute: its own ignore file lies beside it. */
  readonly dockerfilePath: string;
  readonly inputs: Omit<PlanInputs, 'context' | 'ignore'>;
  readonly digests: ContentDigests;
  readonly signal: AbortSignal;
}

/** The cache keys of a plan, by stage. */
export type PlanKeys = ReadonlyMap<number, readonly StepKey[]>;

/** Reads a build context through its ignore file. Throws what the file system says, and the signal's reason. */
export async function readContext(root: string, dockerfilePath: string, signal: AbortSignal): Promise<DiskContext> {
  const { value: ignore, file } = await readIgnore(root, dockerfilePath, signal);
  const walked = await walkContext(root, ignore, { signal });
  return { ...walked, root, ignore, ...(file !== undefined && { ignoreFile: file }) };
}

/** Computes the cache keys of a plan: what the files of the context hold is read. */
export async function keysOfPlan(
  plan: BuildPlan,
  context: string,
  images: ReadonlyMap<string, BaseImage>,
  digests: ContentDigests,
  signal: AbortSignal,
): Promise<PlanKeys> {
  const known = new Map<string, Digest>();
  await Promise.all(
    filesToDigest(plan).map(async (path) => known.set(path, await digests.digest(join(context, path), signal))),
  );
  return planKeys(plan, {
    sha256,
    fileDigest: (path) => known.get(path),
    imageId: (reference) => images.get(reference)?.id,
  });
}

/** Plans a Dockerfile over a directory, with the key of every step. */
export async function planDirectory(request: DirectoryPlan): Promise<{ plan: PlanResult; keys: PlanKeys }> {
  const { dockerfile, inputs, digests, signal } = request;
  const { tree, ignore } = await readContext(request.context, request.dockerfilePath, signal);
  const plan = planDockerfile(dockerfile, { ...inputs, context: tree, ignore });
  return { plan, keys: await keysOfPlan(plan.value, request.context, inputs.images, digests, signal) };
}
