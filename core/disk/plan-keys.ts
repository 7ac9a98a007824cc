import { join } from 'node:path';
import type { Digest } from '../image/digest.ts';
import { filesToDigest, type KeySources, planKeys, type StepKey } from '../plan/cache-key.ts';
import type { BaseImage, BuildPlan } from '../plan/plan.ts';
import type { ContentDigests } from './content-digests.ts';
import { sha256 } from './sha256.ts';

/** The cache keys of a plan, by stage. */
export type PlanKeys = ReadonlyMap<number, readonly StepKey[]>;

/** Digests of the files of a context, by their paths in it. */
export type ContextContents = ReadonlyMap<string, Digest>;

/**
 * Computes the cache keys of a plan: what the files of the context hold is read. A file that has gone since the context
 * was walked, or that may not be read, leaves the keys unknown that depend on it. Throws the signal's reason.
 */
export async function keysOfPlan(
  plan: BuildPlan,
  context: string,
  images: ReadonlyMap<string, BaseImage>,
  digests: ContentDigests,
  signal: AbortSignal,
): Promise<PlanKeys> {
  return keysOfContents(plan, await readContents(filesToDigest(plan), context, digests, signal), images);
}

/** Reads what files of a context hold; those that cannot be read are left out. Throws the signal's reason. */
export async function readContents(
  paths: readonly string[],
  context: string,
  digests: ContentDigests,
  signal: AbortSignal,
): Promise<ContextContents> {
  const known = new Map<string, Digest>();
  const read = async (path: string): Promise<void> => {
    try {
      known.set(path, await digests.digest(join(context, path), signal));
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  };
  await Promise.all(paths.map(read));
  return known;
}

/** The cache keys of a plan where it is known what the files of the context, and maybe more, hold. */
export function keysOfContents(
  plan: BuildPlan,
  contents: ContextContents,
  images: ReadonlyMap<string, BaseImage>,
  more: Pick<KeySources, 'remoteState' | 'epoch'> = {},
): PlanKeys {
  return planKeys(plan, {
    sha256,
    fileDigest: (path) => contents.get(path),
    imageId: (reference) => images.get(reference)?.id,
    ...more,
  });
}
