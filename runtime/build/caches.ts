import type { DiffId } from '../../core/image/digest.ts';
import { parseDigest } from '../../core/image/digest.ts';
import type { RecordedStep } from '../../protocol/build-record.ts';
import type { BuildCache } from './build-cache.ts';
import type { BuildProgress } from './builder.ts';
import { exportCache, importCache } from './cache-folder.ts';
import type { BuildFloor } from './floor.ts';

interface CacheGround {
  readonly floor: BuildFloor;
  readonly cache: BuildCache;
}

/** Takes over what others have built (`--cache-from`). */
export async function importCaches(
  folders: readonly string[],
  { floor, cache }: CacheGround,
  {
    hold,
    signal,
  }: {
    readonly hold: (layers: readonly DiffId[]) => void;
    readonly progress: BuildProgress;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for (const folder of folders) await importCache(folder, cache, { floor, keep: (diffId) => hold([diffId]), signal });
}

/** Brings what a build has cached to where others find it (`--cache-to`). */
export async function writeCaches(
  folders: readonly string[],
  { floor, cache }: CacheGround,
  { steps, signal }: { readonly steps: readonly RecordedStep[]; readonly signal: AbortSignal },
): Promise<void> {
  if (folders.length === 0) return;
  const keys = new Set(steps.flatMap(({ key }) => (key === undefined ? [] : (parseDigest(key) ?? []))));
  const records = await Promise.all([...keys].map((key) => cache.get(key)));
  const known = records.filter((record) => record !== undefined);
  for (const folder of folders) await exportCache(folder, known, { floor, signal });
}
