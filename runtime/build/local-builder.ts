import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiffId, Digest, ImageId } from '../../core/image/digest.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../core/image/reference.ts';
import type { CacheRecord } from '../../protocol/lsp.ts';
import { cancelled, EngineError, invalid } from '../errors.ts';
import { BuildCache } from './build-cache.ts';
import type { Builder, BuildProgress, BuildRequest } from './builder.ts';
import { Cleanup } from './cleanup.ts';
import { executePlan } from './execute-plan.ts';
import type { BuildFloor } from './floor.ts';
import { type PlanDockerfile, prepareBuild } from './planning.ts';
import { BUILD_KEY_PREFIX } from './roots.ts';
import { CacheMountLocks } from './run-mounts.ts';

/** Makes a builder on this machine's floors. */
export function createBuilder(floor: BuildFloor, planDockerfile: PlanDockerfile): Builder {
  return new LocalBuilder(floor, planDockerfile);
}

class LocalBuilder implements Builder {
  readonly #cache: BuildCache;
  readonly #locks = new CacheMountLocks();

  constructor(
    private readonly floor: BuildFloor,
    private readonly planDockerfile: PlanDockerfile,
  ) {
    this.#cache = new BuildCache(join(floor.folder, 'cache'));
  }

  async build(request: BuildRequest, progress: BuildProgress, given?: AbortSignal): Promise<ImageId> {
    const signal = given ?? new AbortController().signal;
    const tags = (request.tags ?? []).map(checkTag);
    try {
      return await this.#build(request, tags, progress, signal);
    } catch (cause) {
      if (!signal.aborted || (cause instanceof EngineError && cause.kind === 'cancelled')) throw cause;
      throw cancelled({ code: 'build-cancelled', message: 'the build was cancelled', cause });
    }
  }

  async #build(
    request: BuildRequest,
    tags: readonly string[],
    progress: BuildProgress,
    signal: AbortSignal,
  ): Promise<ImageId> {
    const { images } = this.floor;
    const ready = await prepareBuild(this.floor, request, this.planDockerfile, progress, signal);
    await using held = new Cleanup();
    const hold = (layers: readonly DiffId[]): void => {
      const holding = images.hold(layers);
      held.defer(() => holding[Symbol.dispose]());
    };
    for (const { layers } of ready.images.values()) hold(layers.map(({ diffId }) => diffId));
    const { config, layers, base } = await executePlan(ready.plan, {
      ...ready,
      floor: this.floor,
      request,
      progress,
      signal,
      cache: this.#cache,
      locks: this.#locks,
      keep: ({ diffId }) => hold([diffId]),
    });
    signal.throwIfAborted();
    const unchanged = base !== undefined && config.history === base.config.history;
    const image = unchanged ? base : await images.create({ config, layers, parent: base?.id });
    progress({ kind: 'built', id: image.id });
    for (const tag of tags) {
      await images.tag(image.id, tag);
      progress({ kind: 'tagged', reference: tag });
    }
    return image.id;
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

  prune(): Promise<Digest[]> {
    return this.#cache.clear();
  }

  async recover(): Promise<string[]> {
    const { folder, snapshots } = this.floor;
    const log: string[] = [];
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

/** A tag as it will be shown. */
function checkTag(tag: string): string {
  const parsed = parseReference(tag);
  if (!parsed.ok) {
    throw invalid({
      code: 'reference-invalid',
      message: `invalid argument "${tag}" for "-t, --tag": ${parsed.problem}`,
      subject: tag,
    });
  }
  return familiarReference(withDefaultTag(parsed.reference));
}
