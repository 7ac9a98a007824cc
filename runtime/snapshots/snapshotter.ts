import type { Readable } from 'node:stream';
import type { ChainId } from '../../core/image/digest.ts';
import type { PackedTimes } from '../archive/pack.ts';

/** How a path of a writable snapshot differs from the layers below, as `docker diff` marks it. */
export interface Change {
  /** Absolute, `/`-separated, as raw bytes: names need not be UTF-8. */
  readonly path: Buffer;
  readonly kind: 'A' | 'C' | 'D';
}

/** How the differences of an active snapshot from its parent are told. */
export interface DifferenceOptions {
  /**
   * Absolute paths (latin1, so that any bytes are one) that count as part of the layers below where the snapshot has made
   * them: places for mounts, and the directories above those.
   */
  readonly mountPoints?: ReadonlySet<string> | undefined;
  /**
   * `exact` tells to the nanosecond when files changed, and of directories of which nothing else did, but for those with
   * mount points in them; `seconds`, where undefined, is what builders make of a RUN.
   */
  readonly times?: PackedTimes | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How a layer is unpacked that is still being made. */
export interface UnpackOptions {
  /**
   * Committed snapshots that may hold many of the same files, the likeliest first: what they hold need not be written once
   * more. One that is not there is passed over.
   */
  readonly earlier?: readonly ChainId[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Usage {
  /** Sum of the sizes of files and symbolic links, hard links once. */
  readonly bytes: number;
  readonly files: number;
}

/** A layer that was unpacked before it was known which it is. What is not committed goes with the disposal. */
export interface UnpackedLayer extends AsyncDisposable {
  /** Makes it the committed snapshot `chain`, unless that is there. */
  commit(chain: ChainId): Promise<void>;
}

/**
 * Stacks layers. A *committed* snapshot is immutable and named by its chain ID; an *active* one is a writable layer
 * over a committed one, named by a key of its owner (a container ID, a build step).
 *
 * Lifecycle: `apply` every layer of an image, lowest first → `prepare(key, top)` → `mount(key)` → use the root →
 * `unmount(key)` → `remove(key)`, or `diff(key)` and `commit(key, chain)` to make it the next layer without copying.
 * `view` gives a read-only root of a committed snapshot.
 *
 * Every operation is atomic: a crash leaves nothing that `recover` does not remove. Errors: EngineError `not-found`
 * for an unknown key or parent, `conflict` for a key in use, `invalid` for a layer that would write outside its root.
 */
export interface Snapshotter {
  readonly name: 'overlay' | 'vfs';
  has(chain: ChainId): Promise<boolean>;
  /** Unpacks an uncompressed layer tar over `parent`. A second call with the same chain answers at once. */
  apply(chain: ChainId, parent: ChainId | undefined, tar: Readable, signal?: AbortSignal): Promise<void>;
  /** Unpacks a layer tar that is still being made over `parent`. */
  unpack(parent: ChainId | undefined, tar: Readable, options?: UnpackOptions): Promise<UnpackedLayer>;
  prepare(key: string, parent: ChainId | undefined): Promise<void>;
  /** Mounts an active snapshot and gives the absolute path of its root. Counted: as many `unmount`s end it. */
  mount(key: string): Promise<string>;
  unmount(key: string): Promise<void>;
  /** Counts a mount that an earlier process has made as one of this one's; gives the path of the root. */
  adopt(key: string): Promise<string>;
  /** Mounts a committed snapshot read-only under `key`; ended by `unmount(key)`. */
  view(key: string, chain: ChainId): Promise<string>;
  /** The layer tar (OCI whiteouts, sorted paths) of what an active snapshot holds over its parent. */
  diff(key: string, options?: DifferenceOptions): Readable;
  /** The same as `docker diff` tells it: sorted by path, of what looks as it did nothing. */
  changes(key: string, options?: DifferenceOptions): Promise<Change[]>;
  /** Turns an unmounted active snapshot into the committed one `chain`; its key is gone afterwards. */
  commit(key: string, chain: ChainId): Promise<void>;
  /** What an active snapshot holds over its parent; `except`: absolute paths that do not count. */
  usage(key: string, except?: ReadonlySet<string>): Promise<Usage>;
  /** Removes an active snapshot (unmounting it) and all it holds. An unknown key is no error. */
  remove(key: string): Promise<void>;
  /** Removes a committed snapshot that nothing stands on; throws `conflict` where something does. */
  removeCommitted(chain: ChainId): Promise<void>;
  /** Where a committed snapshot lies, in the words of Docker's `GraphDriver.Data`; null where there is nothing to say. */
  describe(chain: ChainId): Readonly<Record<string, string>> | null;
  /** Names of all snapshots, for garbage collection and recovery. */
  list(): Promise<{ readonly committed: readonly ChainId[]; readonly active: readonly string[] }>;
  /**
   * Has committed snapshots written to the disk. Those of before a crash of the machine that were not are gone after it,
   * to be unpacked again; a crash of the process takes none.
   */
  settle(signal?: AbortSignal): Promise<void>;
  /** Committed snapshots that are not there, though active ones stand on them. */
  lost(): Promise<readonly ChainId[]>;
  /**
   * Removes what a crash left: half-applied layers, mounts but those of `kept` keys, which are to be adopted. Gives a line
   * for the log per thing removed.
   */
  recover(kept?: ReadonlySet<string>): Promise<string[]>;
}
