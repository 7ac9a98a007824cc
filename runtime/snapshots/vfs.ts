import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { addAbortSignal } from 'node:stream';
import type { ChainId } from '../../core/image/digest.ts';
import { type ExtractOptions, extract } from '../archive/extract.ts';
import { pack } from '../archive/pack.ts';
import { WritingThreads } from '../archive/writing-threads.ts';
import { run } from '../os/spawn.ts';
import { syncFileSystem } from '../os/sync-file-system.ts';
import { ApplyOnce } from './applying.ts';
import { changesOf, type Difference, layerItems, untilAborted, usageOf } from './difference.ts';
import { discard, SnapshotLayout } from './layout.ts';
import { CountedMounts } from './mounts.ts';
import type { Change, DifferenceOptions, Snapshotter, UnpackedLayer, UnpackOptions, Usage } from './snapshotter.ts';
import { type TreeDifferenceOptions, treeDifferences } from './tree-difference.ts';
import { UnpackedFolder } from './unpacked-folder.ts';
import { Views } from './views.ts';

/**
 * Opens a snapshotter that keeps each snapshot as a whole copy. It needs no privilege and mounts nothing, at the price of
 * space and time; a `view` is the committed snapshot itself, which nobody may write to.
 */
export async function openVfsSnapshotter(
  root: string,
  options: { readonly ownership?: ExtractOptions['ownership']; readonly boot?: string } = {},
): Promise<Snapshotter> {
  return new VfsSnapshotter(await SnapshotLayout.open(root, options.boot), options.ownership);
}

class VfsSnapshotter implements Snapshotter {
  readonly name = 'vfs';
  /** Nothing is mounted; who uses a snapshot counts all the same. */
  readonly #users = new CountedMounts();
  readonly #applying = new ApplyOnce();
  readonly #threads = new WritingThreads();
  readonly #views: Views;

  constructor(
    private readonly layout: SnapshotLayout,
    private readonly ownership: ExtractOptions['ownership'],
  ) {
    this.#views = new Views(layout);
  }

  async has(chain: ChainId): Promise<boolean> {
    return this.layout.has(chain);
  }

  apply(chain: ChainId, parent: ChainId | undefined, tar: Readable, signal?: AbortSignal): Promise<void> {
    return this.#applying.run(
      chain,
      tar,
      () => this.layout.has(chain),
      async () => {
        await using unpacked = await this.unpack(parent, tar, { signal });
        await unpacked.commit(chain);
      },
    );
  }

  /** Shares no files with earlier snapshots: those above are copies, and who writes to one writes to its files. */
  async unpack(parent: ChainId | undefined, tar: Readable, { signal }: UnpackOptions = {}): Promise<UnpackedLayer> {
    const used = this.layout.use(parent);
    const folder = await this.#copyOf(parent, signal).catch((error: unknown) => {
      used[Symbol.dispose]();
      throw error;
    });
    const unpacked = new UnpackedFolder(folder, used, (chain) =>
      this.layout.addCommitted(folder, chain, { parent, shareable: false }),
    );
    try {
      const { ownership } = this;
      await extract(tar, join(folder, 'fs'), { whiteouts: 'delete', ownership, threads: this.#threads, signal });
      return unpacked;
    } catch (error) {
      await unpacked[Symbol.asyncDispose]();
      throw error;
    }
  }

  async prepare(key: string, parent: ChainId | undefined): Promise<void> {
    this.layout.checkNewKey(key);
    using _used = this.layout.use(parent);
    const folder = await this.#copyOf(parent);
    try {
      await this.layout.addActive(folder, key, parent);
    } catch (error) {
      await discard(folder);
      throw error;
    }
  }

  async mount(key: string): Promise<string> {
    this.layout.parentOf(key);
    return this.#users.use(key, () => join(this.layout.activeFolder(key), 'fs'));
  }

  async unmount(key: string): Promise<void> {
    if (this.layout.isActive(key)) this.#users.release(key);
    else this.#views.release(key);
  }

  adopt(key: string): Promise<string> {
    return this.mount(key);
  }

  async view(key: string, chain: ChainId): Promise<string> {
    this.#views.add(key, chain);
    return join(this.layout.committedFolder(chain), 'fs');
  }

  diff(key: string, { mountPoints, times, signal }: DifferenceOptions = {}): Readable {
    const depth = times === 'exact' ? 'times' : 'layer';
    const tar = pack(layerItems(this.#differences(key, depth, mountPoints)), { times });
    return signal === undefined ? tar : addAbortSignal(signal, tar);
  }

  async changes(key: string, { mountPoints, signal }: DifferenceOptions = {}): Promise<Change[]> {
    return changesOf(untilAborted(this.#differences(key, 'shown', mountPoints), signal));
  }

  async commit(key: string, chain: ChainId): Promise<void> {
    const parent = this.layout.parentOf(key);
    this.#users.checkUnused(key);
    if (this.layout.has(chain)) return this.remove(key);
    using _used = this.layout.use(parent);
    await this.layout.addCommitted(await this.layout.takeActive(key), chain, { parent, shareable: false });
  }

  async usage(key: string, except?: ReadonlySet<string>): Promise<Usage> {
    return usageOf(this.#differences(key, 'shown'), except);
  }

  async remove(key: string): Promise<void> {
    if (!this.layout.isActive(key)) return;
    this.#users.releaseAll(key);
    await discard(await this.layout.takeActive(key));
  }

  removeCommitted(chain: ChainId): Promise<void> {
    return this.layout.removeCommitted(chain);
  }

  settle(signal?: AbortSignal): Promise<void> {
    return this.layout.settle((folder) => syncFileSystem(folder, signal));
  }

  async lost(): Promise<ChainId[]> {
    return this.layout.lost();
  }

  describe(): null {
    return null;
  }

  async list(): Promise<{ committed: ChainId[]; active: string[] }> {
    return { committed: this.layout.chains(), active: this.layout.keys() };
  }

  recover(): Promise<string[]> {
    return this.layout.recover();
  }

  async *#differences(
    key: string,
    depth: TreeDifferenceOptions['depth'],
    mountPoints: ReadonlySet<string> = new Set(),
  ): AsyncGenerator<Difference> {
    const parent = this.layout.parentOf(key);
    const before = parent === undefined ? undefined : Buffer.from(join(this.layout.committedFolder(parent), 'fs'));
    yield* treeDifferences(before, Buffer.from(join(this.layout.activeFolder(key), 'fs')), {
      mountPoints,
      depth,
      copied: await this.layout.preparedAt(key),
    });
  }

  /** A folder of nobody's that holds `fs`, a copy of the parent with all attributes. */
  async #copyOf(parent: ChainId | undefined, signal?: AbortSignal): Promise<string> {
    const source = parent === undefined ? undefined : this.layout.committedFolder(parent);
    const folder = await this.layout.temporary();
    try {
      const files = join(folder, 'fs');
      if (source === undefined) {
        await mkdir(files);
        await chmod(files, 0o755);
      } else await run('cp', ['-a', '--reflink=auto', '-T', join(source, 'fs'), files], { signal });
      return folder;
    } catch (error) {
      await discard(folder);
      throw error;
    }
  }
}
