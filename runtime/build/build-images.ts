import { availableParallelism } from 'node:os';
import pLimit, { type LimitFunction } from 'p-limit';
import type { DiffId, Digest, ImageId } from '../../core/image/digest.ts';
import { formatPlatform, type Platform } from '../../core/image/platform.ts';
import { familiarReference, parseReference, type Reference } from '../../core/image/reference.ts';
import { builderArguments } from '../../core/plan/builder-arguments.ts';
import { invalid } from '../errors.ts';
import type { Image } from '../images/image-store.ts';
import type { BuildCache } from './build-cache.ts';
import type { BuildRecords, DoneStep } from './build-records.ts';
import type { BuildProgress, BuildRequest, CacheSource } from './builder.ts';
import type { CacheMountLocks } from './cache-mount-locks.ts';
import { inlineCache } from './cache-record.ts';
import { exportCaches, importCaches } from './caches.ts';
import { Cleanup } from './cleanup.ts';
import { executePlan } from './execute-plan.ts';
import type { BuildFloor } from './floor.ts';
import { totalSteps } from './plan-steps.ts';
import { type PlanDockerfile, type PlanningWays, prepareBuild, type ReadyBuild } from './planning.ts';
import { failureFor, type PlatformShare, progressOf, readPlatforms } from './platform-progress.ts';
import { recordsOf } from './recorded-steps.ts';
import { type KnownDownloads, RemoteSources } from './remote-sources.ts';
import { temporaryFolder } from './roots.ts';
import type { SharedWork } from './shared-work.ts';
import { imageIdOf, type StageState } from './stage-state.ts';
import { together } from './together.ts';

/** What all builds of an engine share. */
export interface BuildGround {
  readonly floor: BuildFloor;
  readonly planDockerfile: PlanDockerfile;
  readonly cache: BuildCache;
  readonly downloads: KnownDownloads;
  readonly records: BuildRecords;
  readonly locks: CacheMountLocks;
  readonly shared: SharedWork;
}

/** Steps that do something at the same time; more would only get into each other's way. */
const MOST_AT_ONCE = Math.max(2, availableParallelism());

/** The build for one platform, and what it made. */
interface PlatformBuild {
  readonly request: BuildRequest;
  readonly ready: ReadyBuild;
  /** Where several are built. */
  readonly share: PlatformShare | undefined;
  readonly steps: DoneStep[];
}

/** Who is told what of a build. */
export type BuildTelling = Pick<PlanningWays, 'progress' | 'checked' | 'signal'>;

/**
 * Builds a request's image, for each platform one: at the same time, and what is the same for several once. Gives the ID
 * of the one that the tags mean on this machine. Errors: as `Builder.build`.
 */
export async function buildImages(
  ground: BuildGround,
  request: BuildRequest,
  tags: readonly Reference[],
  { progress, checked, signal }: BuildTelling,
): Promise<ImageId> {
  const { floor } = ground;
  const { images } = floor;
  const platforms = readPlatforms(request.platform, floor.platform);
  checkIndex(request, platforms.length, progress);
  await using held = new Cleanup();
  // Images that were removed in the meantime leave what the build held of them.
  held.defer(() => images.discard([]));
  const hold = (layers: readonly DiffId[]): void => {
    const holding = images.hold(layers);
    held.defer(() => holding[Symbol.dispose]());
  };
  const makeScratch = async (): Promise<string> => {
    const scratch = await temporaryFolder(floor);
    held.defer(() => scratch[Symbol.asyncDispose]());
    return scratch.path;
  };
  using remotes = new RemoteSources(floor, request, ground.downloads, makeScratch, signal);
  const builds = await prepareAll(ground, request, platforms, { progress, checked, hold, remotes, signal });
  const exchange = { accounts: request.accounts, progress, signal };
  let isCached = request.noCache !== true;
  if (isCached) {
    const wanted = new Set(builds.flatMap(({ ready }) => keysOf(ready)));
    const keep = (diffId: DiffId): void => hold([diffId]);
    const sources = request.cacheFrom ?? [];
    const served = await importCaches(sources, ground, { ...exchange, wanted, platforms, keep });
    isCached =
      sources.length === 0 ||
      served > 0 ||
      request.cacheFromOnly !== true ||
      sources.some((source) => isHere(source, floor));
  }
  const began = floor.now().getTime();
  const limit = pLimit(MOST_AT_ONCE);
  const ended = await together(
    builds.map(({ request: own, ...rest }) => (either: AbortSignal) => {
      const build = { ...rest, request: isCached ? own : { ...own, noCache: true } };
      return execute(ground, build, { progress, hold, remotes, limit }, either);
    }),
    signal,
  );
  signal.throwIfAborted();
  const { cacheTo = [] } = request;
  let states = ended;
  if (cacheTo.length > 0) {
    const records = await Promise.all(builds.map(({ steps }, i) => recordsOf(steps, ended[i]!, ground.cache)));
    if (cacheTo.some((target) => 'inline' in target)) {
      states = ended.map((state, i) => ({
        ...state,
        inlineCache: inlineCache(records[i]!.own, builds[i]!.request.sourceDate),
      }));
    }
    const [own, all] = [records.flatMap((each) => each.own), records.flatMap((each) => each.all)];
    await exportCaches(cacheTo, ground, { own, all }, exchange);
  }
  const ids = states.map(imageIdOf);
  if (request.result === 'cache') return ids[0]!;
  using _making = images.making(ids);
  const there = new Set(ids.filter((id) => images.get(id) !== undefined));
  const made: Image[] = [];
  for (const [i, state] of states.entries()) {
    made.push(await makeImage(ground, builds[i]!, state, builds.length > 1 ? [] : tags, began));
  }
  const image =
    made.length === 1
      ? made[0]!
      : await images.combine(
          made.map(({ id }) => id),
          tags,
        );
  tellOfImages(made, image, there, progress);
  for (const tag of tags) {
    const reference = familiarReference(tag);
    await images.tag(made.length === 1 ? image.id : reference, reference);
    progress({ kind: 'tagged', reference });
  }
  return image.id;
}

/** What BUILDKIT_MULTI_PLATFORM asks beyond what the number of platforms says. Error: EngineError `invalid`. */
function checkIndex({ buildArgs = {} }: BuildRequest, platforms: number, progress: BuildProgress): void {
  const { multiPlatform = platforms > 1 } = builderArguments(buildArgs);
  if (multiPlatform && platforms === 1) {
    const message = 'BUILDKIT_MULTI_PLATFORM is not used: the image of a single platform has no index here';
    progress({ kind: 'warning', message });
  }
  if (multiPlatform || platforms === 1) return;
  const message = 'conflicting config: returning multiple target platforms is not allowed';
  throw invalid({ code: 'platform-invalid', message, subject: 'BUILDKIT_MULTI_PLATFORM' });
}

/** Whether an image of this engine is meant. */
function isHere(source: CacheSource, { images }: BuildFloor): boolean {
  return 'ref' in source && parseReference(source.ref).ok && images.find(source.ref) !== undefined;
}

interface BuildWays {
  readonly progress: BuildProgress;
  readonly hold: (layers: readonly DiffId[]) => void;
  readonly remotes: RemoteSources;
}

/** Plans the build for each platform, one after the other: base images that are fetched get their names in turn. */
async function prepareAll(
  { floor, planDockerfile }: BuildGround,
  request: BuildRequest,
  platforms: readonly Platform[],
  { progress, checked, hold, remotes, signal }: BuildWays & BuildTelling,
): Promise<PlatformBuild[]> {
  const holdImage = ({ layers }: Image): void => hold(layers.map(({ diffId }) => diffId));
  const prepare = (one: BuildRequest, telling: BuildTelling) =>
    prepareBuild(floor, one, { ...telling, planDockerfile }, holdImage, remotes);
  if (platforms.length === 1) {
    const ready = await prepare(request, { progress, checked, signal });
    return [{ request: ready.request, ready, share: undefined, steps: [] }];
  }
  const prepared: Pick<PlatformBuild, 'request' | 'ready'>[] = [];
  let before = 0;
  for (const each of platforms) {
    const one = { ...request, platform: formatPlatform(each) };
    const share = { platform: one.platform, before, total: before + 1 };
    // Checked for one, as BuildKit does: the others say the same.
    const told = before === 0 ? checked : () => undefined;
    const telling = { progress: progressOf(share, progress), checked: told, signal };
    const ready = await prepare(one, telling).catch((error: unknown) => {
      throw failureFor(share, error);
    });
    prepared.push({ request: ready.request, ready });
    before += totalSteps(ready.plan);
  }
  const total = before;
  before = 0;
  return prepared.map(({ request: one, ready }) => {
    const share = { platform: one.platform ?? '', before, total };
    before += totalSteps(ready.plan);
    return { request: one, ready, share, steps: [] };
  });
}

async function execute(
  ground: BuildGround,
  { request, ready, share, steps }: PlatformBuild,
  { progress, hold, remotes, limit }: BuildWays & { readonly limit: LimitFunction },
  signal: AbortSignal,
): Promise<StageState> {
  const { floor, cache, locks, shared, records } = ground;
  try {
    return await executePlan(ready.plan, {
      ...ready,
      ...{ floor, cache, locks, shared, records, request, remotes, limit, signal },
      progress: share === undefined ? progress : progressOf(share, progress),
      keep: (diffId) => hold([diffId]),
      recorded: (step) => steps.push(step),
    });
  } catch (error) {
    throw share === undefined ? error : failureFor(share, error);
  }
}

async function makeImage(
  { floor, records }: BuildGround,
  { request, steps }: PlatformBuild,
  state: StageState,
  references: readonly Reference[],
  began: number,
): Promise<Image> {
  const { images, now } = floor;
  const { config, layers, base, inlineCache: cacheOfImage } = state;
  const isStored = base !== undefined && images.get(base.id) !== undefined;
  // What is wholly from the cache is there: nothing is to be written again.
  const known = images.get(imageIdOf(state));
  const parent = isStored ? base.id : undefined;
  const made = { config, layers, parent, references, inlineCache: cacheOfImage, event: 'create' as const };
  const image = known ?? (await images.create(made));
  const ended = now();
  await records.put({
    image: image.id,
    builtAt: ended.toISOString(),
    milliseconds: ended.getTime() - began,
    platform: formatPlatform(image.config),
    ...(request.target !== undefined && { target: request.target }),
    steps: steps.sort((a, b) => a.number - b.number),
  });
  return image;
}

function keysOf({ keys }: ReadyBuild): Digest[] {
  return [...keys.values()].flat().flatMap((each) => (each.known ? [each.key] : []));
}

/** The last that is told is the image that the build gives; `there` are those that were there before. */
function tellOfImages(
  made: readonly Image[],
  image: Image,
  there: ReadonlySet<ImageId>,
  progress: BuildProgress,
): void {
  const built = (id: ImageId) => ({ kind: 'built', id, ...(!there.has(id) && { isNew: true }) }) as const;
  if (made.length > 1) {
    for (const { id, config } of made) progress({ ...built(id), platform: formatPlatform(config) });
  }
  progress(built(image.id));
}
