import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../core/disk/sha256.ts';
import {
  type ChainId,
  chainOver,
  type DiffId,
  type Digest,
  type ImageId,
  parseDigest,
} from '../../core/image/digest.ts';
import { formatPlatform } from '../../core/image/platform.ts';
import { familiarReference, parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import type { BuildRecord, RecordedStep } from '../../protocol/build-record.ts';
import type { CacheRecord } from '../../protocol/lsp.ts';
import { cancelled, EngineError, invalid, isKind } from '../errors.ts';
import type { Image } from '../images/image-store.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import { BuildCache } from './build-cache.ts';
import { lineOf } from './build-error.ts';
import { BuildRecords } from './build-records.ts';
import type { Builder, BuildProgress, BuildRequest, PrunedCache, RemoteWishes } from './builder.ts';
import { exportCache, importCache } from './cache-folder.ts';
import { CacheMountLocks } from './cache-mount-locks.ts';
import { type CacheMountUsage, cacheMountUsage, recoverCacheMounts, removeCacheMounts } from './cache-mounts.ts';
import { Cleanup } from './cleanup.ts';
import { executePlan } from './execute-plan.ts';
import type { BuildFloor } from './floor.ts';
import { type PlanDockerfile, prepareBuild } from './planning.ts';
import { type FetchedContext, fetchContext } from './remote-context.ts';
import { gitAccess, type KnownDownloads, openKnownDownloads, RemoteSources } from './remote-sources.ts';
import { BUILD_KEY_PREFIX, temporaryFolder } from './roots.ts';
import { SharedWork } from './shared-work.ts';
import { imageIdOf } from './stage-state.ts';

/** Makes a builder on this machine's floors. */
export function createBuilder(floor: BuildFloor, planDockerfile: PlanDockerfile): Builder {
  return new LocalBuilder(floor, planDockerfile);
}

class LocalBuilder implements Builder {
  readonly #cache: BuildCache;
  readonly #downloads: KnownDownloads;
  readonly #records: BuildRecords;
  readonly #locks = new CacheMountLocks();
  readonly #shared = new SharedWork();
  readonly #running = new Set<Promise<ImageId>>();
  readonly #closing = new AbortController();

  constructor(
    private readonly floor: BuildFloor,
    private readonly planDockerfile: PlanDockerfile,
  ) {
    this.#cache = new BuildCache(join(floor.folder, 'cache'));
    this.#downloads = openKnownDownloads(join(floor.folder, 'downloads'));
    this.#records = new BuildRecords(join(floor.folder, 'records'), join(floor.folder, 'logs'));
  }

  build(request: BuildRequest, progress: BuildProgress, given?: AbortSignal): Promise<ImageId> {
    const closing = this.#closing.signal;
    const signal = given === undefined ? closing : AbortSignal.any([given, closing]);
    const building = this.#attempt(request, eachWarningOnce(progress), signal);
    this.#running.add(building);
    return building.finally(() => this.#running.delete(building));
  }

  fetchContext(address: string, request: RemoteWishes, given: AbortSignal): Promise<FetchedContext> {
    const { floor } = this;
    return fetchContext(address, {
      floor,
      parent: join(floor.folder, 'temporary'),
      access: gitAccess(floor, request),
      keepGitDir: request.buildArgs?.BUILDKIT_CONTEXT_KEEP_GIT_DIR === '1',
      signal: AbortSignal.any([given, this.#closing.signal]),
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  async #attempt(request: BuildRequest, progress: BuildProgress, signal: AbortSignal): Promise<ImageId> {
    const tags = (request.tags ?? []).map(readTag);
    try {
      signal.throwIfAborted();
      return await this.#build(request, tags, progress, signal);
    } catch (cause) {
      if (!signal.aborted || (cause instanceof EngineError && cause.kind === 'cancelled')) throw cause;
      throw cancelled({ code: 'build-cancelled', message: 'the build was cancelled', cause });
    }
  }

  async #build(
    request: BuildRequest,
    tags: readonly Reference[],
    progress: BuildProgress,
    signal: AbortSignal,
  ): Promise<ImageId> {
    const { images } = this.floor;
    await using held = new Cleanup();
    // Images that were removed in the meantime leave what the build held of them.
    held.defer(() => images.discard([]));
    const hold = (layers: readonly DiffId[]): void => {
      const holding = images.hold(layers);
      held.defer(() => holding[Symbol.dispose]());
    };
    const holdImage = ({ layers }: Image): void => hold(layers.map(({ diffId }) => diffId));
    const scratch = await temporaryFolder(this.floor);
    held.defer(() => scratch[Symbol.asyncDispose]());
    using remotes = new RemoteSources(this.floor, request, this.#downloads, scratch.path, signal);
    const ready = await prepareBuild(this.floor, request, this.planDockerfile, progress, holdImage, remotes, signal);
    for (const folder of request.cacheFrom ?? []) {
      await importCache(folder, this.#cache, { floor: this.floor, keep: (diffId) => hold([diffId]), signal });
    }
    const began = this.floor.now().getTime();
    const steps: RecordedStep[] = [];
    const { config, layers, base } = await executePlan(ready.plan, {
      ...ready,
      floor: this.floor,
      request,
      remotes,
      progress,
      signal,
      cache: this.#cache,
      locks: this.#locks,
      keep: (diffId) => hold([diffId]),
      shared: this.#shared,
      records: this.#records,
      recorded: (step) => steps.push(step),
    });
    signal.throwIfAborted();
    if (request.cacheTo !== undefined) await this.#export(request.cacheTo, steps, signal);
    const isStored = base !== undefined && images.get(base.id) !== undefined;
    // What is wholly from the cache is there: nothing is to be written again.
    const known = images.get(imageIdOf({ config, layers, base }));
    const made = { config, layers, parent: isStored ? base.id : undefined, references: tags };
    const image = known ?? (await images.create(made));
    const ended = this.floor.now();
    const { os, architecture, variant } = image.config;
    await this.#records.put({
      image: image.id,
      builtAt: ended.toISOString(),
      milliseconds: ended.getTime() - began,
      platform: formatPlatform({ os, architecture, variant }),
      ...(request.target !== undefined && { target: request.target }),
      steps: steps.sort((a, b) => a.number - b.number),
    });
    progress({ kind: 'built', id: image.id });
    for (const tag of tags) {
      const reference = familiarReference(tag);
      await images.tag(image.id, reference);
      progress({ kind: 'tagged', reference });
    }
    return image.id;
  }

  async #export(folders: readonly string[], steps: readonly RecordedStep[], signal: AbortSignal): Promise<void> {
    const keys = new Set(steps.flatMap(({ key }) => (key === undefined ? [] : (parseDigest(key) ?? []))));
    const records = await Promise.all([...keys].map((key) => this.#cache.get(key)));
    const known = records.filter((record) => record !== undefined);
    for (const folder of folders) await exportCache(folder, known, { floor: this.floor, signal });
  }

  record(image: ImageId): Promise<BuildRecord | undefined> {
    return this.#records.get(image);
  }

  forget(image: ImageId): Promise<void> {
    return this.#records.forget(image);
  }

  async lookup(keys: readonly Digest[]): Promise<CacheRecord[]> {
    const records = await Promise.all(keys.map((key) => this.#cache.get(key)));
    return records.flatMap((record) => {
      if (record === undefined) return [];
      const { parent: _, diffId, ...facts } = record;
      if (diffId === undefined) return [facts];
      return this.floor.images.layer(diffId) === undefined ? [] : [{ ...facts, diffId }];
    });
  }

  async keptLayers(): Promise<DiffId[]> {
    return (await this.#cache.all()).flatMap(({ diffId }) => diffId ?? []);
  }

  cacheMounts(): Promise<CacheMountUsage[]> {
    return cacheMountUsage(this.floor.folder, this.#locks);
  }

  async prune(): Promise<PrunedCache> {
    const { images, snapshots } = this.floor;
    const before = images.diskUsage.layersSize;
    const records = await this.#cache.all();
    const keys = await this.#cache.clear();
    await this.#records.clearLogs();
    for (const name of await this.#downloads.names()) await this.#downloads.delete(name);
    for (const { diffId } of records) if (diffId !== undefined) await images.discard([diffId]);
    const chains = records.flatMap(({ parent, diffId }) =>
      diffId === undefined || images.layer(diffId) !== undefined ? [] : [chainOver(parent, diffId, sha256)],
    );
    await removeSnapshots(snapshots, chains);
    const mounts = await removeCacheMounts(this.floor.folder, this.#locks);
    const inMounts = mounts.reduce((sum, { bytes }) => sum + bytes, 0);
    const reclaimed = before - images.diskUsage.layersSize + inMounts;
    return { keys, mounts: mounts.map(({ name }) => name), reclaimed };
  }

  async recover(): Promise<string[]> {
    const { folder, snapshots } = this.floor;
    const log = [...(await this.#cache.recover()), ...(await this.#downloads.recover())];
    log.push(...(await recoverCacheMounts(folder)));
    log.push(...(await this.#records.recover((id) => this.floor.images.get(id) !== undefined)));
    for (const key of (await snapshots.list()).active) {
      if (!key.startsWith(BUILD_KEY_PREFIX)) continue;
      await snapshots.remove(key);
      log.push(`removed snapshot ${key} of a build that was interrupted`);
    }
    const temporary = join(folder, 'temporary');
    await mkdir(temporary, { recursive: true, mode: 0o700 });
    for (const name of await readdir(temporary)) {
      await rm(join(temporary, name), { recursive: true, force: true });
      log.push(`removed ${name} of a build that was interrupted`);
    }
    return log;
  }
}

/** What is wrong with the machine is wrong at every step, and said at the first. */
function eachWarningOnce(progress: BuildProgress): BuildProgress {
  const told = new Set<string>();
  return (event) => {
    if (event.kind === 'warning') {
      const key = `${event.range === undefined ? '' : lineOf(event.range)} ${event.message}`;
      if (told.has(key)) return;
      told.add(key);
    }
    progress(event);
  };
}

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

/** A tag that somebody asked for. */
function readTag(tag: string): Reference {
  const parsed = parseReference(tag);
  if (!parsed.ok) {
    throw invalid({
      code: 'reference-invalid',
      message: `invalid argument "${tag}" for "-t, --tag": ${parsed.problem}`,
      subject: tag,
    });
  }
  return withDefaultTag(parsed.reference);
}
