import { statfs } from 'node:fs/promises';
import { sha256 } from '../../core/disk/sha256.ts';
import { type ChainId, chainOver, type DiffId, type Digest } from '../../core/image/digest.ts';
import { isKind } from '../errors.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { BuildCache, StepRecord } from './build-cache.ts';
import type { BuildRecords } from './build-records.ts';
import type { PrunedCache } from './builder.ts';
import type { CacheMountLocks } from './cache-mount-locks.ts';
import { cacheMountUsage, removeCacheMounts } from './cache-mounts.ts';
import { type CacheSpace, goingThings } from './cache-space.ts';
import type { BuildFloor } from './floor.ts';

/** What the build cache keeps: a step that was done, or a cache mount. */
export interface CachedThing {
  /** The key of a step, the name of a mount. */
  readonly id: string;
  /** BuildKit's names of the two kinds. */
  readonly type: 'regular' | 'exec.cachemount';
  readonly description: string;
  /** Of a step that made a layer. */
  readonly diffId?: DiffId | undefined;
  /** The layers that such a step was done on, and with its own; absent for none. */
  readonly parent?: ChainId | undefined;
  readonly chain?: ChainId | undefined;
  readonly bytes: number;
  readonly inUse: boolean;
  /** An image has the layer, too: it costs nothing more. */
  readonly shared: boolean;
  readonly createdAt: Date;
  /** To the minute. */
  readonly usedAt: Date;
}

/** Where it is kept. */
export interface CacheKeeping {
  readonly floor: BuildFloor;
  readonly cache: BuildCache;
  readonly records: BuildRecords;
  readonly locks: CacheMountLocks;
}

export async function cachedThings({ floor, cache, locks }: CacheKeeping): Promise<CachedThing[]> {
  const { images, folder } = floor;
  const inImages = new Set(
    images.list({ all: true }).flatMap(({ Id }) => images.get(Id)?.layers.map(({ diffId }) => diffId) ?? []),
  );
  const steps = (await cache.all()).map(
    async ({ key, diffId, parent, builtAt }): Promise<CachedThing> => ({
      ...{ id: key, type: 'regular', description: '', diffId, parent, inUse: false },
      chain: diffId === undefined ? parent : chainOver(parent, diffId, sha256),
      bytes: diffId === undefined ? 0 : (images.layer(diffId)?.bytes ?? 0),
      shared: diffId !== undefined && inImages.has(diffId),
      createdAt: new Date(builtAt),
      usedAt: await cache.usedAt(key),
    }),
  );
  const mounts = (await cacheMountUsage(folder, locks)).map(
    ({ name, ...usage }): CachedThing => ({
      ...{ id: name, type: 'exec.cachemount', description: 'cached mount', shared: false },
      ...usage,
    }),
  );
  return [...(await Promise.all(steps)), ...mounts];
}

/**
 * Forgets those steps that are wanted, with their layers that nothing else needs, and removes those cache mounts that no RUN
 * uses at the moment; where `space` says so, only until the rest is small enough.
 */
export async function pruneCache(
  keeping: CacheKeeping,
  wanted: (thing: CachedThing) => boolean,
  space: CacheSpace = { reserved: 0, mostUsed: 0, leastFree: 0 },
): Promise<PrunedCache> {
  const { floor, cache, records, locks } = keeping;
  const { images, snapshots } = floor;
  const before = images.diskUsage.layersSize;
  const found = (await cachedThings(keeping)).filter(wanted);
  const things = new Set(goingThings(found, space, await freeBytes(floor.folder)).map(({ id }) => id));
  const going = (await cache.all()).filter(({ key }) => things.has(key));
  for (const { key } of going) {
    await cache.delete(key);
    await records.forgetLog(key);
  }
  for (const { diffId } of going) if (diffId !== undefined) await images.discard([diffId]);
  const isGone = (diffId: DiffId): boolean => images.layer(diffId) === undefined;
  await removeSnapshots(snapshots, going.flatMap(chainOf(isGone)));
  const mounts = await removeCacheMounts(floor.folder, locks, (name) => things.has(name));
  const inMounts = mounts.reduce((sum, { bytes }) => sum + bytes, 0);
  const reclaimed = before - images.diskUsage.layersSize + inMounts;
  const keys: Digest[] = going.map(({ key }) => key);
  return { keys, mounts: mounts.map(({ name }) => name), reclaimed };
}

/** Bytes that an ordinary user may still write where the cache is. */
async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

const chainOf =
  (isGone: (diffId: DiffId) => boolean) =>
  ({ parent, diffId }: StepRecord): ChainId[] =>
    diffId === undefined || !isGone(diffId) ? [] : [chainOver(parent, diffId, sha256)];

/** Removes committed snapshots in whatever order they stand on each other; those that others stand on stay. */
async function removeSnapshots(snapshots: Snapshotter, chains: readonly ChainId[]): Promise<void> {
  for (let left = [...chains]; left.length > 0; ) {
    const staying: ChainId[] = [];
    for (const chain of left) {
      try {
        await snapshots.removeCommitted(chain);
      } catch (error) {
        if (isKind(error, 'conflict')) staying.push(chain);
        else if (!isKind(error, 'not-found')) throw error;
      }
    }
    if (staying.length === left.length) return;
    left = staying;
  }
}
