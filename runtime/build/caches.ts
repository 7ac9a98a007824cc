import { configDigest, type DiffId, type Digest } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import { parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { EngineError, invalid } from '../errors.ts';
import type { Image, Layer } from '../images/image-store.ts';
import { readJson } from '../images/image-table.ts';
import type { CacheRequest, RemoteCache } from '../registry/cache-transfer.ts';
import type { Accounts } from '../registry/credentials.ts';
import type { BuildCache, StepRecord } from './build-cache.ts';
import type { BuildProgress, CacheSource, CacheTarget } from './builder.ts';
import { exportCache, importCache } from './cache-folder.ts';
import { CACHE_TYPE, cacheConfig, readInline, readShared } from './cache-record.ts';
import type { BuildFloor } from './floor.ts';

export interface CacheGround {
  readonly floor: BuildFloor;
  readonly cache: BuildCache;
}

interface Exchange {
  readonly accounts: Accounts | undefined;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
}

export interface CacheImport extends Exchange {
  /** Keys of the steps that are built: nothing else is fetched. */
  readonly wanted: ReadonlySet<Digest>;
  readonly platforms: readonly Platform[];
  /** Keeps a layer until the build has ended; said before it is added. */
  readonly keep: (diffId: DiffId) => void;
}

/**
 * Takes over what others have built (`--cache-from`). A cache that is not there, cannot be read or is not what its digests
 * say is told of and left alone: what it has not brought is built. Gives how many there were. Throws the signal's reason.
 */
export async function importCaches(
  sources: readonly CacheSource[],
  ground: CacheGround,
  options: CacheImport,
): Promise<number> {
  let served = 0;
  for (const source of sources) {
    try {
      if ('folder' in source) await importCache(source.folder, ground.cache, { floor: ground.floor, ...options });
      else await importNamed(source.ref, ground, options);
      served++;
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof EngineError)) throw error;
      const name = 'folder' in source ? source.folder : source.ref;
      options.progress({ kind: 'warning', message: `nothing is taken from the cache ${name}: ${error.message}` });
    }
  }
  return served;
}

async function importNamed(text: string, ground: CacheGround, options: CacheImport): Promise<void> {
  const reference = readReference(text);
  const { floor } = ground;
  const here = floor.images.platforms(text)?.images ?? [floor.images.find(text) ?? []].flat();
  if (await importImages(here, ground, options)) return;
  using remote = await floor.caches.fetch(await requestOf(reference, options), options.platforms);
  const found = remote.records.flatMap((record) => readShared(record) ?? []);
  if (found.length === 0) {
    const message = 'it tells of no steps that could be taken from it: build it with --cache-to';
    throw invalid({ code: 'cache-empty', message, subject: text });
  }
  for (const { steps, layers } of found) {
    for (const step of steps.filter(({ key }) => options.wanted.has(key))) {
      options.signal.throwIfAborted();
      if (await bringLayer(step, layers, remote, ground, options)) await ground.cache.put(step);
    }
  }
}

/** Takes over what the configs of images of this engine tell; false where they tell nothing. */
async function importImages(
  here: readonly Image[],
  { floor, cache }: CacheGround,
  { wanted, keep }: CacheImport,
): Promise<boolean> {
  let isAny = false;
  for (const { id } of here) {
    const told = readInline(readJson(await floor.blobs.read(configDigest(id))));
    for (const step of told?.steps ?? []) {
      isAny = true;
      if (!wanted.has(step.key) || (await cache.get(step.key)) !== undefined) continue;
      if (step.diffId !== undefined) keep(step.diffId);
      await cache.put(step);
    }
  }
  return isAny;
}

/** False where the cache does not have the layer, or what is here serves already. */
async function bringLayer(
  { key, diffId }: StepRecord,
  layers: ReadonlyMap<DiffId, Parameters<RemoteCache['bring']>[0]>,
  remote: RemoteCache,
  { floor, cache }: CacheGround,
  { keep }: CacheImport,
): Promise<boolean> {
  if (diffId === undefined) return (await cache.get(key)) === undefined;
  keep(diffId);
  if (floor.images.layer(diffId) !== undefined) return (await cache.get(key)) === undefined;
  const layer = layers.get(diffId);
  if (layer === undefined) return false;
  await remote.bring(layer, diffId);
  return true;
}

/** What of a build goes into a cache. */
export interface CachedBuild {
  /** Of the steps of its images only. */
  readonly own: readonly StepRecord[];
  /** Of all steps. */
  readonly all: readonly StepRecord[];
}

/** Brings what a build has cached to where others find it (`--cache-to`). Errors: of the folder, or as `Pusher.push`. */
export async function exportCaches(
  targets: readonly CacheTarget[],
  { floor }: CacheGround,
  { own, all }: CachedBuild,
  options: Exchange,
): Promise<void> {
  for (const target of targets) {
    if ('folder' in target) await exportCache(target.folder, all, { floor, signal: options.signal });
    else if ('ref' in target) {
      const records = target.mode === 'max' ? all : own;
      const layers = new Map<DiffId, Layer>(
        records.flatMap(({ diffId }) => {
          const layer = diffId === undefined ? undefined : floor.images.layer(diffId);
          return layer === undefined ? [] : [[layer.diffId, layer] as const];
        }),
      );
      const request = await requestOf(readReference(target.ref), options);
      await floor.caches.push(request, [...layers.values()], CACHE_TYPE, (pushed) => cacheConfig(records, pushed));
    }
  }
}

async function requestOf(reference: Reference, { accounts, progress, signal }: Exchange): Promise<CacheRequest> {
  const report = (record: object): void => progress({ kind: 'pull', record: { ...record } });
  return { reference, credentials: await accounts?.(reference.domain, signal), report, signal };
}

/** Error: EngineError `invalid`. */
function readReference(text: string): Reference {
  const parsed = parseReference(text);
  if (parsed.ok) return withDefaultTag(parsed.reference);
  throw invalid({ code: 'reference-invalid', message: `${text}: ${parsed.problem}`, subject: text });
}
