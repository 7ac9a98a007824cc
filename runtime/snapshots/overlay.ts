import { chmod, lchown, mkdir, readdir, readlink, rm, rmdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { addAbortSignal } from 'node:stream';
import { type ChainId, digestHex } from '../../core/image/digest.ts';
import { EarlierFiles } from '../archive/earlier-files.ts';
import { type ExtractOptions, extract } from '../archive/extract.ts';
import { pack, readXattrs } from '../archive/pack.ts';
import { opaqueAttribute } from '../archive/whiteouts.ts';
import { WritingThreads } from '../archive/writing-threads.ts';
import { internal } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { syncFileSystem } from '../os/sync-file-system.ts';
import { setXattr } from '../os/xattr.ts';
import { ApplyOnce } from './applying.ts';
import { changesOf, type Difference, layerItems, untilAborted, usageOf } from './difference.ts';
import { discard, SnapshotLayout } from './layout.ts';
import { type LowerFile, LowerTree } from './lower-tree.ts';
import { CountedMounts, endMount, mountsBelow } from './mounts.ts';
import { type OverlayDifferenceOptions, overlayDifferences } from './overlay-difference.ts';
import { mountOverlay, type OverlayMarks } from './overlay-mount.ts';
import type { CommittedSnapshot } from './snapshot-document.ts';
import type { Change, DifferenceOptions, Snapshotter, UnpackedLayer, UnpackOptions, Usage } from './snapshotter.ts';
import { UnpackedFolder } from './unpacked-folder.ts';
import { Views } from './views.ts';

export interface OverlayOptions {
  readonly marks: OverlayMarks;
  readonly ownership?: ExtractOptions['ownership'];
  /** Names this run of the kernel; found out where undefined. */
  readonly boot?: string;
}

/**
 * Opens the kernel's overlay at `root`. Beside the layout's folders: `l/<n>` are short links to committed layers, since
 * mount options are short; `empty` stands below a first layer; `views` are mount points.
 */
export async function openOverlaySnapshotter(root: string, options: OverlayOptions): Promise<Snapshotter> {
  const layout = await SnapshotLayout.open(root, options.boot);
  for (const folder of ['l', 'empty', 'views']) await mkdir(join(root, folder), { recursive: true, mode: 0o755 });
  const links = (await readdir(join(root, 'l'))).map((name) => Number.parseInt(name, 36));
  return new OverlaySnapshotter(root, layout, options, Math.max(0, ...links.filter(Number.isInteger)) + 1);
}

class OverlaySnapshotter implements Snapshotter {
  readonly name = 'overlay';
  readonly #mounts = new CountedMounts();
  readonly #applying = new ApplyOnce();
  readonly #threads = new WritingThreads();
  readonly #views: Views;
  readonly #opaque: string;

  constructor(
    private readonly root: string,
    private readonly layout: SnapshotLayout,
    private readonly options: OverlayOptions,
    private nextLink: number,
  ) {
    this.#views = new Views(layout);
    this.#opaque = opaqueAttribute(`overlay-${options.marks}`);
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

  async unpack(
    parent: ChainId | undefined,
    tar: Readable,
    { earlier = [], signal }: UnpackOptions = {},
  ): Promise<UnpackedLayer> {
    const used = this.layout.use(parent);
    const lower = this.#lowerTree(parent);
    const folder = await this.layout.temporary();
    let shareable = false;
    const unpacked = new UnpackedFolder(folder, used, (chain) =>
      this.#commitFolder(folder, chain, { parent, shareable }),
    );
    using shared = this.layout.useShareable(earlier);
    try {
      const files = join(folder, 'fs');
      await mkdir(files, { mode: 0o755 });
      const { hardLinks } = await extract(tar, files, {
        whiteouts: `overlay-${this.options.marks}`,
        ownership: this.options.ownership,
        threads: this.#threads,
        earlier: shared.chains.length === 0 ? undefined : new EarlierFiles(shared.chains.map(this.#filesOf)),
        signal,
        makeParent: async (path, names) => {
          // A directory that the layer does not name stays as the layers below have it.
          const below = await lower.lookup(names);
          await mkdir(path, 0o755);
          if (below?.stats.isDirectory()) await takeAttributes(path, below);
        },
      });
      shareable = hardLinks === 0;
      return unpacked;
    } catch (error) {
      await unpacked[Symbol.asyncDispose]();
      throw error;
    }
  }

  async prepare(key: string, parent: ChainId | undefined): Promise<void> {
    this.layout.checkNewKey(key);
    using _used = this.layout.use(parent);
    const folder = await this.layout.temporary();
    try {
      for (const name of ['fs', 'work', 'merged']) await mkdir(join(folder, name));
      await chmod(join(folder, 'fs'), 0o755);
      const below = await this.#lowerTree(parent).lookup([]);
      // The upper directory is what the root shows: it must not change the image's.
      if (below !== undefined) await takeAttributes(Buffer.from(join(folder, 'fs')), below);
      await this.layout.addActive(folder, key, parent);
    } catch (error) {
      await discard(folder);
      throw error;
    }
  }

  async mount(key: string): Promise<string> {
    const parent = this.layout.parentOf(key);
    const folder = this.layout.activeFolder(key);
    return this.#mounts.use(key, () => {
      const target = join(folder, 'merged');
      const writable = { upper: `active/${key}/fs`, work: `active/${key}/work` };
      mountOverlay(this.root, { lower: this.#lowerNames(parent), writable }, target, this.options.marks);
      return target;
    });
  }

  async unmount(key: string): Promise<void> {
    const isActive = this.layout.isActive(key);
    const path = this.#mounts.release(isActive ? key : `view ${key}`);
    if (path !== undefined) await this.#end(path);
    if (!isActive) this.#views.release(key);
  }

  async adopt(key: string): Promise<string> {
    this.layout.parentOf(key);
    return this.#mounts.use(key, () => join(this.layout.activeFolder(key), 'merged'));
  }

  async view(key: string, chain: ChainId): Promise<string> {
    this.#views.add(key, chain);
    try {
      const lower = this.#lowerNames(chain);
      const target = join(this.root, 'views', key);
      await mkdir(target, { recursive: true });
      return this.#mounts.use(`view ${key}`, () => {
        mountOverlay(this.root, { lower }, target, this.options.marks);
        return target;
      });
    } catch (error) {
      this.#views.release(key);
      throw error;
    }
  }

  diff(key: string, { mountPoints, times, signal }: DifferenceOptions = {}): Readable {
    const depth = times === 'exact' ? 'times' : 'marks';
    const tar = pack(layerItems(this.#differences(key, depth, mountPoints)), { times });
    return signal === undefined ? tar : addAbortSignal(signal, tar);
  }

  async changes(key: string, { mountPoints, signal }: DifferenceOptions = {}): Promise<Change[]> {
    return changesOf(untilAborted(this.#differences(key, 'deep', mountPoints), signal));
  }

  async commit(key: string, chain: ChainId): Promise<void> {
    const parent = this.layout.parentOf(key);
    this.#mounts.checkUnused(key);
    if (this.layout.has(chain)) return this.remove(key);
    using _used = this.layout.use(parent);
    const folder = await this.layout.takeActive(key);
    for (const name of ['work', 'merged']) await discard(join(folder, name));
    // In what a container has written two names may be one file.
    await this.#commitFolder(folder, chain, { parent, shareable: false });
  }

  async usage(key: string, except?: ReadonlySet<string>): Promise<Usage> {
    return usageOf(this.#differences(key, 'marks'), except);
  }

  async remove(key: string): Promise<void> {
    if (!this.layout.isActive(key)) return;
    const path = this.#mounts.releaseAll(key);
    if (path !== undefined) await this.#end(path);
    await discard(await this.layout.takeActive(key));
  }

  async removeCommitted(chain: ChainId): Promise<void> {
    const { link } = this.layout.committed(chain);
    await this.layout.removeCommitted(chain);
    if (link !== undefined) await rm(join(this.root, 'l', link), { force: true });
  }

  settle(signal?: AbortSignal): Promise<void> {
    return this.layout.settle((folder) => syncFileSystem(folder, signal));
  }

  async lost(): Promise<ChainId[]> {
    return this.layout.lost();
  }

  describe(chain: ChainId): Readonly<Record<string, string>> | null {
    if (!this.layout.has(chain)) return null;
    const inside = (each: ChainId, name: string): string => join(this.layout.committedFolder(each), name);
    const [, ...lower] = this.layout.stack(chain);
    return {
      ...(lower.length > 0 && { LowerDir: lower.map((each) => inside(each, 'fs')).join(':') }),
      MergedDir: inside(chain, 'merged'),
      UpperDir: inside(chain, 'fs'),
      WorkDir: inside(chain, 'work'),
    };
  }

  async list(): Promise<{ committed: ChainId[]; active: string[] }> {
    return { committed: this.layout.chains(), active: this.layout.keys() };
  }

  async recover(kept: ReadonlySet<string> = new Set()): Promise<string[]> {
    const log: string[] = [];
    const stays = new Set([...kept].map((key) => join(this.layout.activeFolder(key), 'merged')));
    for (const path of await mountsBelow(this.root)) {
      if (stays.has(path)) continue;
      endMount(path);
      log.push(`unmounted ${path}, which an interrupted run left`);
    }
    for (const name of await readdir(join(this.root, 'views'))) await rmdir(join(this.root, 'views', name));
    log.push(...(await this.layout.recover()));
    const used = new Set(this.layout.chains().map((chain) => this.layout.committed(chain).link));
    for (const name of await readdir(join(this.root, 'l'))) {
      if (used.has(name)) continue;
      log.push(`removed the link ${name} to ${await readlink(join(this.root, 'l', name))}, which no layer has`);
      await rm(join(this.root, 'l', name));
    }
    return log;
  }

  async #commitFolder(folder: string, chain: ChainId, snapshot: Omit<CommittedSnapshot, 'link'>): Promise<void> {
    const link = (this.nextLink++).toString(36);
    await symlink(`../committed/${digestHex(chain)}/fs`, join(this.root, 'l', link));
    const isNew = await this.layout.addCommitted(folder, chain, { ...snapshot, link });
    if (!isNew) await rm(join(this.root, 'l', link));
  }

  async #end(path: string): Promise<void> {
    endMount(path);
    if (!path.startsWith(join(this.root, 'views'))) return;
    try {
      await rmdir(path);
    } catch (error) {
      // Somebody has made it anew in the meantime.
      if (!hasErrno(error, 'EBUSY', 'ENOENT')) throw error;
    }
  }

  async *#differences(
    key: string,
    depth: OverlayDifferenceOptions['depth'],
    mountPoints: ReadonlySet<string> = new Set(),
  ): AsyncGenerator<Difference> {
    const lower = this.#lowerTree(this.layout.parentOf(key));
    const upper = Buffer.from(join(this.layout.activeFolder(key), 'fs'));
    yield* overlayDifferences(upper, lower, { opaqueAttribute: this.#opaque, depth, mountPoints });
  }

  #lowerTree(parent: ChainId | undefined): LowerTree {
    return new LowerTree(this.layout.stack(parent).map(this.#filesOf), this.#opaque);
  }

  readonly #filesOf = (chain: ChainId): Buffer => Buffer.from(join(this.layout.committedFolder(chain), 'fs'));

  #lowerNames(parent: ChainId | undefined): string[] {
    const links = this.layout.stack(parent).map((chain) => {
      const { link } = this.layout.committed(chain);
      if (link === undefined) throw internal({ code: 'snapshot-broken', message: `layer ${chain} has no link` });
      return `l/${link}`;
    });
    return links.length === 0 ? ['empty'] : links;
  }
}

/** Makes a directory look like the lower one, but for its time. */
async function takeAttributes(path: Buffer, { path: below, stats }: LowerFile): Promise<void> {
  await lchown(path, Number(stats.uid), Number(stats.gid));
  await chmod(path, Number(stats.mode) & 0o7777);
  for (const [name, value] of readXattrs(below)) setXattr(path, name, value);
}
