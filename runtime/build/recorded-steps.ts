import { parseDigest } from '../../core/image/digest.ts';
import type { BuildCache } from './build-cache.ts';
import type { DoneStep } from './build-records.ts';
import type { CachedBuild } from './caches.ts';
import type { StageState } from './stage-state.ts';

/** What the cache holds of the steps of a build, in the order of the Dockerfile, each once. */
export async function recordsOf(
  steps: readonly DoneStep[],
  { layers }: StageState,
  cache: BuildCache,
): Promise<CachedBuild> {
  const inOrder = [...steps].sort((a, b) => a.number - b.number);
  const keys = new Set(inOrder.flatMap(({ key }) => (key === undefined ? [] : (parseDigest(key) ?? []))));
  const found = await Promise.all([...keys].map((key) => cache.get(key)));
  const all = found.filter((record) => record !== undefined);
  const ofImage = new Set(layers);
  return { all, own: all.filter(({ diffId }) => diffId === undefined || ofImage.has(diffId)) };
}
