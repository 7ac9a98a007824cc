import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiffId, Digest, ImageId } from '../../core/image/digest.ts';
import { parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { builderArguments } from '../../core/plan/builder-arguments.ts';
import type { BuildCheck } from '../../protocol/build-event.ts';
import type { BuildRecord } from '../../protocol/build-record.ts';
import type { CacheRecord } from '../../protocol/lsp.ts';
import { cancelled, EngineError, invalid } from '../errors.ts';
import { BuildCache } from './build-cache.ts';
import { lineOf } from './build-error.ts';
import { type BuildGround, buildImages } from './build-images.ts';
import { BuildRecords } from './build-records.ts';
import type { Builder, BuildProgress, BuildRequest, PrunedCache, RemoteWishes } from './builder.ts';
import { CacheMountLocks } from './cache-mount-locks.ts';
import { recoverCacheMounts } from './cache-mounts.ts';
import type { CacheSpace } from './cache-space.ts';
import { type CachedThing, cachedThings, pruneCache } from './cached-things.ts';
import { checkedRequest } from './checked-request.ts';
import type { BuildFloor } from './floor.ts';
import { checkBuild, type PlanDockerfile } from './planning.ts';
import { type FetchedContext, fetchContext } from './remote-context.ts';
import { gitAccess, type KnownDownloads, openKnownDownloads } from './remote-sources.ts';
import { BUILD_KEY_PREFIX } from './roots.ts';
import { SharedWork } from './shared-work.ts';

/** Makes a builder on this machine's floors. */
export function createBuilder(floor: BuildFloor, planDockerfile: PlanDockerfile): Builder {
  return new LocalBuilder(floor, planDockerfile);
}

class LocalBuilder implements Builder {
  readonly #cache: BuildCache;
  readonly #downloads: KnownDownloads;
  readonly #records: BuildRecords;
  readonly #locks = new CacheMountLocks();
  readonly #ground: BuildGround;
  readonly #running = new Set<Promise<ImageId>>();
  readonly #closing = new AbortController();

  constructor(
    private readonly floor: BuildFloor,
    planDockerfile: PlanDockerfile,
  ) {
    this.#cache = new BuildCache(join(floor.folder, 'cache'));
    this.#downloads = openKnownDownloads(join(floor.folder, 'downloads'));
    this.#records = new BuildRecords(join(floor.folder, 'records'), join(floor.folder, 'logs'));
    this.#ground = {
      floor,
      planDockerfile,
      cache: this.#cache,
      downloads: this.#downloads,
      records: this.#records,
      locks: this.#locks,
      shared: new SharedWork(),
    };
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
      keepGitDir: builderArguments(request.buildArgs ?? {}).keepGitDir,
      signal: AbortSignal.any([given, this.#closing.signal]),
    });
  }

  check(request: BuildRequest, progress: BuildProgress, given: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([given, this.#closing.signal]);
    const { planDockerfile } = this.#ground;
    return tellingChecks(progress, (checked) =>
      checkBuild(this.floor, request, { planDockerfile, progress, checked, signal }),
    );
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  async #attempt(request: BuildRequest, progress: BuildProgress, signal: AbortSignal): Promise<ImageId> {
    const tags = (request.tags ?? []).map(readTag);
    try {
      signal.throwIfAborted();
      tellBuilderArguments(request, progress);
      const checked = await checkedRequest(request, this.floor.features, progress);
      return await tellingChecks(progress, (told) =>
        buildImages(this.#ground, checked, tags, { progress, checked: told, signal }),
      );
    } catch (cause) {
      if (!signal.aborted || (cause instanceof EngineError && cause.kind === 'cancelled')) throw cause;
      throw cancelled({ code: 'build-cancelled', message: 'the build was cancelled', cause });
    }
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

  cached(): Promise<CachedThing[]> {
    return cachedThings(this.#ground);
  }

  async prune(wanted?: (thing: CachedThing) => boolean, space?: CacheSpace): Promise<PrunedCache> {
    const pruned = await pruneCache(this.#ground, wanted ?? (() => true), space);
    const isAll = wanted === undefined && Object.values(space ?? {}).every((bytes) => bytes === 0);
    if (isAll) for (const name of await this.#downloads.names()) await this.#downloads.delete(name);
    return pruned;
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

/** Error: EngineError `invalid` for arguments of the builder that mean nothing. */
function tellBuilderArguments({ buildArgs = {} }: BuildRequest, progress: BuildProgress): void {
  const { warnings, problem } = builderArguments(buildArgs);
  if (problem !== undefined)
    throw invalid({ code: 'builder-argument-invalid', message: problem, subject: 'buildargs' });
  for (const message of warnings) progress({ kind: 'warning', message });
}

/** Does what may find something by BuildKit's checks, and tells it when all else is told, be it a failure. */
async function tellingChecks<T>(
  progress: BuildProgress,
  work: (told: (findings: readonly BuildCheck[]) => void) => Promise<T>,
): Promise<T> {
  let findings: readonly BuildCheck[] = [];
  try {
    return await work((found) => {
      findings = found;
    });
  } catch (error) {
    // Its message names them.
    if (error instanceof EngineError && error.code === 'check-violated') findings = [];
    throw error;
  } finally {
    if (findings.length > 0) progress({ kind: 'checked', findings: [...findings] });
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
