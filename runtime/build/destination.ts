import { type BigIntStats, lstatSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { PackItem } from '../archive/pack.ts';
import { tarEntry } from '../archive/tar-entry.ts';
import { resolveInRoot } from '../containers/rootfs-path.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import type { Owner } from './copy-owner.ts';

/**
 * Collects what a layer brings, under the names that the paths really have in the image: directories that are links
 * there are followed. Directories on the way come along: as they are where they exist, else made.
 */
export class LayerContents {
  readonly #items = new Map<string, PackItem>();
  readonly #folders = new Map<string, string>();
  /** Where directories of the image are on the disk; undefined for those that it has not. */
  readonly #places = new Map<string, string | undefined>();

  constructor(
    private readonly root: string,
    /** Of directories that must be made. */
    private readonly owner: Owner,
    /** Nanoseconds, of directories that must be made. */
    private readonly now: bigint,
    /** Of directories that must be made. */
    private readonly mode = 0o755,
  ) {}

  /** In the order of their names, but hard links after the files that they are links to. */
  items(): PackItem[] {
    const sorted = [...this.#items].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
    return [...sorted.filter((item) => !isHardLink(item)), ...sorted.filter(isHardLink)];
  }

  /** Puts a file, or anything else that is no directory, at an absolute path. */
  async put(path: string, make: (name: Buffer) => PackItem): Promise<void> {
    const name = await this.nameOf(path);
    this.#items.set(name, make(Buffer.from(name)));
  }

  /** Puts a directory: one that exists gets the new one's owner, mode and times, anything else there gives way. */
  async putDirectory(path: string, make: (name: Buffer) => PackItem): Promise<void> {
    if (path === '/') return;
    const name = await this.nameOf(path);
    this.#items.set(name, make(Buffer.from(name)));
    this.#folders.set(path, name);
  }

  /** Makes a directory with those above it, unless it is there. */
  async makeDirectory(path: string): Promise<void> {
    await this.#folder(path);
  }

  /** The path with all links followed, the last one too. */
  async followed(path: string): Promise<string> {
    return `/${relative(this.root, await resolveInRoot(this.root, path))}`;
  }

  /** What the image has at a path, links followed. */
  async existing(path: string): Promise<BigIntStats | undefined> {
    return statOf(await resolveInRoot(this.root, path));
  }

  /** What the image has at a path itself. */
  async existingAt(path: string): Promise<BigIntStats | undefined> {
    const folder = dirname(path);
    if (!this.#places.has(folder)) {
      const place = await resolveInRoot(this.root, folder);
      this.#places.set(folder, statOf(place) === undefined ? undefined : place);
    }
    const place = this.#places.get(folder);
    return place === undefined ? undefined : statOf(join(place, path.slice(path.lastIndexOf('/') + 1)));
  }

  /** The name in the layer of what is put at a path. */
  async nameOf(path: string): Promise<string> {
    const folder = await this.#folder(dirname(path));
    const last = path.slice(path.lastIndexOf('/') + 1);
    return folder === '' ? last : `${folder}/${last}`;
  }

  /** The real name of a directory, which comes along with those above it. */
  async #folder(path: string): Promise<string> {
    if (path === '/') return '';
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    await this.#folder(dirname(path));
    const real = await resolveInRoot(this.root, path);
    const name = relative(this.root, real);
    if (name !== '') {
      // A link on the way may lead to a place whose own directories have not come along yet.
      if (`/${name}` !== path) await this.#folder(dirname(`/${name}`));
      if (!this.#items.has(name)) this.#items.set(name, await this.#folderItem(name, real));
    }
    this.#folders.set(path, name);
    return name;
  }

  async #folderItem(name: string, real: string): Promise<PackItem> {
    const stats = statOf(real);
    if (stats?.isDirectory()) return { name: Buffer.from(name), path: Buffer.from(real), stats };
    if (stats !== undefined) {
      throw invalid({
        code: 'copy-through-file',
        message: `cannot put anything below /${name}: the image has no directory there`,
        subject: `/${name}`,
      });
    }
    return { entry: tarEntry({ name, type: 'directory', mode: this.mode, mtime: this.now, ...this.owner }) };
  }
}

function isHardLink(item: PackItem): boolean {
  return 'entry' in item && item.entry.type === 'hardlink';
}

function statOf(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
