import type { DiffId, Digest, ImageId } from '../../core/image/digest.ts';
import type { BuildEvent, StepEvent } from '../../protocol/build-event.ts';
import type { BuildRecord } from '../../protocol/build-record.ts';
import type { CacheRecord } from '../../protocol/lsp.ts';
import type { Accounts } from '../registry/credentials.ts';
import type { ProcessSpec, ResourceLimits } from '../sandbox/sandbox.ts';
import type { CacheSpace } from './cache-space.ts';
import type { CachedThing } from './cached-things.ts';
import type { FetchedContext } from './remote-context.ts';

/** What to build, and how (`POST /build` of the Docker Engine API). */
export interface BuildRequest {
  /** Directory of the build context, absolute. It is only read. */
  readonly context: string;
  /** The context is a folder that its owner works in, so that files may change while it is built. */
  readonly contextMayChange?: boolean | undefined;
  /** Path of the Dockerfile inside the context, `Dockerfile` by default; absolute where `contextMayChange`. */
  readonly dockerfile: string;
  /** When a context that was fetched is from: its commit, or what its server or its archive says. */
  readonly contextDate?: Date | undefined;
  /** The moment that the image is to be from, once SOURCE_DATE_EPOCH is read; undefined for now. */
  readonly sourceDate?: Date | undefined;
  /** Name or index of the stage to build; the last where undefined. */
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** `cache` makes no image: only what the cache keeps is left. An image where undefined. */
  readonly result?: 'image' | 'cache' | undefined;
  /** References that the image gets. */
  readonly tags?: readonly string[] | undefined;
  readonly noCache?: boolean | undefined;
  /** Names or numbers of the stages that are built without the cache. */
  readonly noCacheFilter?: readonly string[] | undefined;
  /** Asks the registry for every base image, there or not. */
  readonly pull?: boolean | undefined;
  /** Keeps what there was before a RUN that failed as an image without a name, which the failure tells (`stateBefore`). */
  readonly keepFailed?: boolean | undefined;
  /** Network of RUN, where the instruction does not say: `default`, `none`, `host`, a network's name. */
  readonly networkMode?: string | undefined;
  /** RUNs that ask for it with `--security=insecure` may do what a privileged container may. */
  readonly allowInsecure?: boolean | undefined;
  /** The control group that those of RUN are below, absolute or below the engine's, or a slice of systemd's. */
  readonly cgroupParent?: string | undefined;
  /** Of RUN. */
  readonly limits?: ResourceLimits | undefined;
  /** Of RUN's processes. */
  readonly ulimits?: ProcessSpec['ulimits'] | undefined;
  /** Bytes of RUN's /dev/shm. */
  readonly shmSize?: number | undefined;
  /** `host:address`, for RUN. */
  readonly extraHosts?: readonly string[] | undefined;
  /** `linux/amd64`, or several with commas between; this machine's where undefined. */
  readonly platform?: string | undefined;
  /** For base images of registries that ask who one is. */
  readonly accounts?: Accounts | undefined;
  /** What `RUN --mount=type=secret` shows, by id. */
  readonly secrets?: ReadonlyMap<string, Buffer> | undefined;
  /** Where what others have built is taken over from, and where what this build has goes to. */
  readonly cacheFrom?: readonly CacheSource[] | undefined;
  readonly cacheTo?: readonly CacheTarget[] | undefined;
  /** Where none of `cacheFrom` is to be had, nothing counts as cached: so the classic builder has it. */
  readonly cacheFromOnly?: boolean | undefined;
  /** What stands for names in FROM, `--from` and mounts, in the place of images (`--build-context`). */
  readonly namedContexts?: ReadonlyMap<string, NamedContext> | undefined;
  /** Sockets of SSH agents that `RUN --mount=type=ssh` forwards, by id; `default` is the one without. */
  readonly sshAgents?: ReadonlyMap<string, string> | undefined;
}

/** An image of an OCI image layout, a folder of this machine: by tag, by digest, or the only one there is. */
export interface LayoutContext {
  readonly folder: string;
  readonly tag?: string | undefined;
  readonly digest?: Digest | undefined;
}

/** A folder of this machine, a reference of an image, an address as `fetchContext` takes it, or an image of a layout. */
export type NamedContext =
  | { readonly folder: string }
  | { readonly image: string }
  | { readonly remote: string }
  | { readonly layout: LayoutContext };

/** A folder of this machine, or a reference: of a cache in a registry, or of an image whose config tells of its steps. */
export type CacheSource = { readonly folder: string } | { readonly ref: string };

/**
 * A folder of this machine; a reference in a registry, with the layers of the image (`min`) or of all stages (`max`); or
 * the image's own config.
 */
export type CacheTarget =
  | { readonly folder: string }
  | { readonly ref: string; readonly mode: 'min' | 'max' }
  | { readonly inline: true };

/** What of a request says how its context is reached. */
export type RemoteWishes = Pick<BuildRequest, 'sshAgents' | 'secrets' | 'buildArgs'>;

export type StepProgress = (event: StepEvent) => void;

export type BuildProgress = (event: BuildEvent) => void;

export interface PrunedCache {
  /** Of the steps that were forgotten. */
  readonly keys: readonly Digest[];
  /** Names of the cache mounts that went. */
  readonly mounts: readonly string[];
  /** Bytes of the layers and cache mounts that went. */
  readonly reclaimed: number;
}

/**
 * Builds images. Errors: BuildError for what the Dockerfile, its files or its commands did wrong; other EngineErrors for
 * base images, names and the machine; `cancelled`. A build that fails or is cancelled leaves no image, container, mount
 * or process; steps that were done stay in the cache.
 */
export interface Builder {
  /** Fetches a context from an address (`fetchContext`), for one build. */
  fetchContext(address: string, request: RemoteWishes, signal: AbortSignal): Promise<FetchedContext>;
  /** Gives the ID that the image has, or would have. */
  build(request: BuildRequest, progress: BuildProgress, signal?: AbortSignal): Promise<ImageId>;
  /**
   * Tells what BuildKit's checks find in a Dockerfile (`checked`), and builds nothing. Errors: BuildError for what keeps it
   * from being built.
   */
  check(request: BuildRequest, progress: BuildProgress, signal: AbortSignal): Promise<void>;
  /** How an image was built; undefined where it was not built here. */
  record(image: ImageId): Promise<BuildRecord | undefined>;
  /** Forgets how an image was built, which is gone. */
  forget(image: ImageId): Promise<void>;
  /** What earlier builds recorded under cache keys; keys that nothing is known of are left out. */
  lookup(keys: readonly Digest[]): Promise<CacheRecord[]>;
  /** Layers that the cache keeps, for the image store's `kept`. */
  keptLayers(): Promise<DiffId[]>;
  /** All that the cache keeps. */
  cached(): Promise<CachedThing[]>;
  /**
   * Forgets cached steps, all or those that are wanted, and removes those of their layers that no image needs, and cache
   * mounts that no RUN uses; as many as it takes where the cache may keep some space.
   */
  prune(wanted?: (thing: CachedThing) => boolean, space?: CacheSpace): Promise<PrunedCache>;
  /** Cancels what is being built, and whatever is asked for afterwards; resolves when nothing is left of it. */
  close(): Promise<void>;
  /** Removes what builds of an earlier run left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]>;
}
