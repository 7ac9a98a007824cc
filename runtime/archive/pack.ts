import type { BigIntStats } from 'node:fs';
import { lstat, open, readdir, readFile, readlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { decodeDevice } from '../os/syscalls.ts';
import { getXattr, listXattrs } from '../os/xattr.ts';
import { paddingOf, type TarEntry } from './tar-entry.ts';
import { END_OF_ARCHIVE, encodeEntry } from './tar-writer.ts';

/** A file on its way into an archive. */
export interface PackedFile {
  /** Name in the archive. */
  readonly name: Buffer;
  /** Where it is on the disk. */
  readonly path: Buffer;
  readonly stats: BigIntStats;
}

/** Something to write into an archive: a file of the disk, or an entry with its content. */
export type PackItem = PackedFile | { readonly entry: TarEntry; readonly content?: Buffer | undefined };

const SMALL = 1 << 18;
const CHUNK = 1 << 20;

/**
 * A tar archive of the items in their order, as bytes. Later names of one inode become hard links to the first. Sockets
 * are left out, as tar does. Times are cut to seconds, as Docker does, so that a copied tree gives the same layer.
 */
export function pack(items: AsyncIterable<PackItem> | Iterable<PackItem>): Readable {
  return Readable.from(packed(items), { objectMode: false, highWaterMark: 2 * CHUNK });
}

async function* packed(items: AsyncIterable<PackItem> | Iterable<PackItem>): AsyncGenerator<Buffer> {
  const links = new Map<string, Buffer>();
  let parts: Buffer[] = [];
  let size = 0;
  for await (const item of items) {
    const isFile = 'stats' in item;
    if (isFile && item.stats.isSocket()) continue;
    const entry = isFile ? await describe(item, links) : item.entry;
    parts.push(encodeEntry(entry));
    size += parts.at(-1)!.length;
    if (entry.size > SMALL && isFile) {
      yield Buffer.concat(parts);
      yield* contentOf(item.path, entry.size);
      parts = [Buffer.alloc(paddingOf(entry.size))];
      size = 0;
    } else if (entry.size > 0) {
      const content = isFile ? await smallContent(item.path, entry.size) : item.content!;
      parts.push(content, Buffer.alloc(paddingOf(entry.size)));
      size += content.length;
    }
    if (size >= CHUNK) {
      yield Buffer.concat(parts);
      parts = [];
      size = 0;
    }
  }
  yield Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** The entry for a file of the disk. */
async function describe({ name, path, stats }: PackedFile, links: Map<string, Buffer>): Promise<TarEntry> {
  const common = {
    name,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: 0,
    mtime: (stats.mtimeNs / 1_000_000_000n) * 1_000_000_000n,
    linkname: Buffer.alloc(0),
    device: { major: 0, minor: 0 },
  };
  const inode = `${stats.dev}:${stats.ino}`;
  const first = stats.nlink > 1n && !stats.isDirectory() ? links.get(inode) : undefined;
  if (first !== undefined) return { ...common, type: 'hardlink', linkname: first, xattrs: new Map() };
  if (stats.nlink > 1n && !stats.isDirectory()) links.set(inode, name);
  const xattrs = readXattrs(path);
  if (stats.isDirectory()) return { ...common, type: 'directory', xattrs };
  if (stats.isSymbolicLink()) {
    return { ...common, mode: 0o777, type: 'symlink', linkname: await readlink(path, { encoding: 'buffer' }), xattrs };
  }
  if (stats.isFile()) return { ...common, type: 'file', size: Number(stats.size), xattrs };
  if (stats.isFIFO()) return { ...common, type: 'fifo', xattrs };
  const type = stats.isBlockDevice() ? 'block' : 'character';
  return { ...common, type, device: decodeDevice(stats.rdev), xattrs };
}

/** Attributes that belong into a layer: not those by which overlay or the host's security module works. */
export function readXattrs(path: Buffer): Map<string, Buffer> {
  const xattrs = new Map<string, Buffer>();
  for (const bytes of listXattrs(path)) {
    const name = bytes.toString();
    if (/^(trusted|user)\.overlay\.|^security\.(selinux|ima|evm)$|^system\./.test(name)) continue;
    const value = getXattr(path, name);
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs;
}

/** Exactly `size` bytes, whatever has happened to the file since: the header has been written. */
async function smallContent(path: Buffer, size: number): Promise<Buffer> {
  const data = await readFile(path);
  if (data.length === size) return data;
  return data.length > size ? data.subarray(0, size) : Buffer.concat([data], size);
}

async function* contentOf(path: Buffer, size: number): AsyncGenerator<Buffer> {
  await using file = await open(path, 'r');
  for (let left = size; left > 0; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, left));
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) {
      yield Buffer.alloc(left);
      return;
    }
    left -= bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Files below a directory in the order of their names' bytes, a directory before what it holds; names without a leading slash. */
export async function* walkTree(root: Buffer, below: Buffer = Buffer.alloc(0)): AsyncGenerator<PackedFile> {
  const folder = below.length === 0 ? root : Buffer.concat([root, Buffer.from('/'), below]);
  const names = await readdir(folder, { encoding: 'buffer' });
  for (const last of names.sort(Buffer.compare)) {
    const name = below.length === 0 ? last : Buffer.concat([below, Buffer.from('/'), last]);
    const path = Buffer.concat([root, Buffer.from('/'), name]);
    const stats = await lstat(path, { bigint: true });
    yield { name, path, stats };
    if (stats.isDirectory()) yield* walkTree(root, name);
  }
}
