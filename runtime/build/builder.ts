import type { DiffId, Digest, ImageId } from '../../core/image/digest.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import type { CacheRecord } from '../../protocol/lsp.ts';
import type { Accounts } from '../registry/credentials.ts';
import type { ProcessSpec, ResourceLimits } from '../sandbox/sandbox.ts';

/** What to build, and how (`POST /build` of the Docker Engine API). */
export interface BuildRequest {
  /** Directory of the build context, absolute. It is only read. */
  readonly context: string;
  /** Path of the Dockerfile inside the context; `Dockerfile` is Docker's default. */
  readonly dockerfile: string;
  /** Name or index of the stage to build; the last where undefined. */
  readonly target?: string | undefined;
  readonly buildArgs?: Readonly<Record<string, string>> | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** References that the image gets. */
  readonly tags?: readonly string[] | undefined;
  readonly noCache?: boolean | undefined;
  /** Asks the registry for every base image, there or not. */
  readonly pull?: boolean | undefined;
  /** Network of RUN, where the instruction does not say: `default`, `none`, `host`, a network's name. */
  readonly networkMode?: string | undefined;
  /** Of RUN. */
  readonly limits?: ResourceLimits | undefined;
  /** Of RUN's processes. */
  readonly ulimits?: ProcessSpec['ulimits'] | undefined;
  /** Bytes of RUN's /dev/shm. */
  readonly shmSize?: number | undefined;
  /** `host:address`, for RUN. */
  readonly extraHosts?: readonly string[] | undefined;
  /** `linux/amd64`; this machine's where undefined. */
  readonly platform?: string | undefined;
  /** For base images of registries that ask who one is. */
  readonly accounts?: Accounts | undefined;
}

/** What happens during a build, in order. */
export type BuildEvent =
  | {
      readonly kind: 'step';
      /** From 1. */
      readonly number: number;
      readonly total: number;
      /** The instruction as written, in one line. */
      readonly text: string;
      readonly range: SourceRange;
    }
  /** The step's result was there from an earlier build. */
  | { readonly kind: 'cached' }
  | { readonly kind: 'running'; readonly containerId: string }
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'removed'; readonly containerId: string }
  /** The step is done: the image up to here has this ID. */
  | { readonly kind: 'result'; readonly id: ImageId }
  | { readonly kind: 'warning'; readonly message: string; readonly range: SourceRange | undefined }
  /** A line of a base image's pull, as the Docker Engine API sends it. */
  | { readonly kind: 'pull'; readonly record: object }
  | { readonly kind: 'built'; readonly id: ImageId }
  /** Familiar: `app:latest`. */
  | { readonly kind: 'tagged'; readonly reference: string };

export type BuildProgress = (event: BuildEvent) => void;

export interface PrunedCache {
  /** Of the steps that were forgotten. */
  readonly keys: readonly Digest[];
  /** Bytes of the layers that went. */
  readonly reclaimed: number;
}

/**
 * Builds images. Errors: BuildError for what the Dockerfile, its files or its commands did wrong; other EngineErrors for
 * base images, names and the machine; `cancelled`. A build that fails or is cancelled leaves no image, container, mount
 * or process; steps that were done stay in the cache.
 */
export interface Builder {
  build(request: BuildRequest, progress: BuildProgress, signal?: AbortSignal): Promise<ImageId>;
  /** What earlier builds recorded under cache keys; keys that nothing is known of are left out. */
  lookup(keys: readonly Digest[]): Promise<CacheRecord[]>;
  /** Layers that the cache keeps, for the image store's `kept`. */
  keptLayers(): Promise<DiffId[]>;
  /** Forgets all cached steps, and removes those of their layers that no image needs. */
  prune(): Promise<PrunedCache>;
  /** Cancels what is being built, and whatever is asked for afterwards; resolves when nothing is left of it. */
  close(): Promise<void>;
  /** Removes what builds of an earlier run left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]>;
}
