import { join } from 'node:path';
import type { Digest } from '../image/digest.ts';
import { filesToDigest, type KeySources, planKeys, type StepKey } from '../plan/cache-key.ts';
import type { BaseImage, BuildPlan } from '../plan/plan.ts';
import type { ContentDigests } from './content-digests.ts';
import { sha256 } from './sha256.ts';
import { Turns } from './turns.ts';

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
  const contents = new Map<string, Digest>();
  const attempt = async (path: string, look: (file: string) => Promise<Digest> | Digest | undefined) => {
    try {
      const digest = await look(join(context, path));
      if (digest !== undefined) contents.set(path, digest);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  };
  const turns = new Turns(signal);
  for (const path of paths) {
    if (turns.isOver) await turns.next();
    await attempt(path, (file) => digests.atOnce(file));
  }
  const unknown = paths.filter((path) => !contents.has(path));
  await Promise.all(unknown.map((path) => attempt(path, (file) => digests.digest(file, signal))));
  return contents;
}

/** The cache keys of a plan where it is known what the files of the context, and maybe more, hold. */
export function keysOfContents(
  plan: BuildPlan,
  contents: ContextContents,
  images: ReadonlyMap<string, BaseImage>,
  more: Pick<KeySources, 'remoteState' | 'epoch' | 'builder'> = {},
): PlanKeys {
  return planKeys(plan, {
    sha256,
    fileDigest: (path) => contents.get(path),
    imageId: (reference) => images.get(reference)?.id,
    ...more,
  });
}
