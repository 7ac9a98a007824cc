import { type BigIntStats, closeSync, constants, openSync, readSync } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Turns } from '../../core/disk/turns.ts';
import { hasErrno } from '../os/errno.ts';
import { decodeDevice, nextData } from '../os/syscalls.ts';
import { getXattr, listXattrs } from '../os/xattr.ts';
import { type Folder, lastName } from './folder.ts';
import { paddingOf, type TarEntry } from './tar-entry.ts';
import { END_OF_ARCHIVE, encodeEntry } from './tar-writer.ts';

/** A file on its way into an archive. */
export interface PackedFile {
  /** Name in the archive. */
  readonly name: Buffer;
  /** Where it is on the disk. */
  readonly path: Buffer;
  readonly stats: BigIntStats;
  /** The directory that it was found in, which is held until the file is read. */
  readonly folder?: Folder | undefined;
  /** What the archive says instead of what the disk does; such a file is never written as a hard link. */
  readonly as?: { readonly mode: number; readonly uid: number; readonly gid: number } | undefined;
}

/** An entry made up, with its content in memory or in a file of exactly its size. */
export interface PackedEntry {
  readonly entry: TarEntry;
  readonly content?: Buffer | { readonly path: Buffer } | undefined;
}

/** Something to write into an archive. */
export type PackItem = PackedFile | PackedEntry;

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const SMALL = 1 << 18;
const CHUNK = 1 << 20;
/** Files that are read at a time. */
const MOST_AHEAD = 32;
/** What a hole is read as; nobody writes to it. */
const ZEROS = Buffer.alloc(CHUNK);

/**
 * How exactly an archive tells when files changed: `seconds`, as Docker does, so that a copied tree gives the same layer; or
 * `exact`, to the nanosecond.
 */
export type PackedTimes = 'seconds' | 'exact';

/**
 * A tar archive of the items in their order, as bytes. Later names of one inode become hard links to the first. Sockets
 * are left out, as tar does.
 */
export function pack(
  items: AsyncIterable<PackItem> | Iterable<PackItem>,
  { times = 'seconds' }: { readonly times?: PackedTimes | undefined } = {},
): Readable {
  return Readable.from(packed(items, times), { objectMode: false, highWaterMark: 2 * CHUNK });
}

async function* packed(
  items: AsyncIterable<PackItem> | Iterable<PackItem>,
  times: PackedTimes,
): AsyncGenerator<Buffer> {
  const ahead: Promise<Prepared>[] = [];
  let parts: Buffer[] = [];
  let size = 0;
  const links = new Map<string, Buffer>();
  async function* write({ head, large }: Prepared): AsyncGenerator<Buffer> {
    parts.push(...head);
    for (const part of head) size += part.length;
    if (large === undefined && size < CHUNK) return;
    yield Buffer.concat(parts);
    parts = [];
    size = 0;
    if (large === undefined) return;
    await using file = 'path' in large ? await open(large.path, 'r') : large.file;
    yield* contentOf(file, large.size);
    parts.push(Buffer.alloc(paddingOf(large.size)));
  }
  const turns = new Turns(undefined);
  try {
    for await (const item of items) {
      if (turns.isOver) await turns.next();
      if ('stats' in item && item.stats.isSocket()) continue;
      const prepared = prepare(item, links, times);
      // It is awaited below; until then a failure waits too.
      prepared.catch(() => undefined);
      ahead.push(prepared);
      if (ahead.length === MOST_AHEAD) yield* write(await ahead.shift()!);
    }
    while (ahead.length > 0) yield* write(await ahead.shift()!);
  } finally {
    for (const { large } of await Promise.all(ahead.map((each) => each.catch(() => NOTHING)))) {
      if (large !== undefined && 'file' in large) await large.file.close();
    }
  }
  yield Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** An item's header, with its content where that is small. */
interface Prepared {
  readonly head: readonly Buffer[];
  readonly large?: { readonly size: number } & ({ readonly path: Buffer } | { readonly file: FileHandle });
}

/** Of a file that has gone since it was seen. */
const NOTHING: Prepared = { head: [] };

/** Must be called in the items' order: the first of several hard links is the file. */
function prepare(item: PackItem, links: Map<string, Buffer>, times: PackedTimes): Promise<Prepared> {
  if (!('stats' in item)) {
    const { entry, content } = item;
    const head = [encodeEntry(entry)];
    if (content !== undefined && 'path' in content) {
      return Promise.resolve({ head, large: { path: content.path, size: entry.size } });
    }
    if (content !== undefined) head.push(content, Buffer.alloc(paddingOf(content.length)));
    return Promise.resolve({ head });
  }
  const { name, stats } = item;
  if (stats.nlink === 1n || stats.isDirectory() || item.as !== undefined) return read(item, times, undefined);
  const inode = `${stats.dev}:${stats.ino}`;
  const first = links.get(inode);
  if (first === undefined) links.set(inode, name);
  return read(item, times, first);
}

async function read(file: PackedFile, times: PackedTimes, linkTo: Buffer | undefined): Promise<Prepared> {
  file.folder?.hold();
  try {
    const entry = await describe(file, times, linkTo);
    const head = [encodeEntry(entry)];
    const { size } = entry;
    if (size === 0) return { head };
    // Of a tree that nobody works in, at once: each round through the thread pool takes longer than reading it.
    if (size <= SMALL && file.folder === undefined) {
      return { head: [...head, readAtOnce(file.path, size)] };
    }
    const content = await openContent(file);
    if (content === undefined) {
      // Links to it may be on their way: they need something to lead to.
      return file.stats.nlink === 1n ? NOTHING : { head: [encodeEntry({ ...entry, size: 0 })] };
    }
    if (size > SMALL) return { head, large: { file: content, size } };
    await using reading = content;
    return { head: [...head, await smallContent(reading, size), Buffer.alloc(paddingOf(size))] };
  } catch (error) {
    if (file.folder !== undefined && hasErrno(error, 'ENOENT', 'EINVAL')) return NOTHING;
    throw error;
  } finally {
    file.folder?.release();
  }
}

/** A file that was found in a folder is still the one that was found, or there is none. */
function openContent({ folder, path }: PackedFile): Promise<FileHandle | undefined> {
  return folder === undefined ? open(path, 'r') : folder.openFile(lastName(path));
}

/** The entry for a file of the disk. */
async function describe(
  { name, path, stats, as }: PackedFile,
  times: PackedTimes,
  linkTo: Buffer | undefined,
): Promise<TarEntry> {
  const common = {
    name,
    mode: as?.mode ?? Number(stats.mode) & 0o7777,
    uid: as?.uid ?? Number(stats.uid),
    gid: as?.gid ?? Number(stats.gid),
    size: 0,
    mtime: times === 'exact' ? stats.mtimeNs : (stats.mtimeNs / 1_000_000_000n) * 1_000_000_000n,
    linkname: Buffer.alloc(0),
    device: { major: 0, minor: 0 },
  };
  if (linkTo !== undefined) return { ...common, type: 'hardlink', linkname: linkTo, xattrs: new Map() };
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

/** Whether two files have the same attributes that belong into a layer. */
export function haveSameXattrs(one: Buffer, other: Buffer): boolean {
  const [ones, others] = [readXattrs(one), readXattrs(other)];
  return ones.size === others.size && [...ones].every(([name, value]) => others.get(name)?.equals(value));
}

/** Exactly `size` bytes, whatever has happened to the file since: the header has been written. */
async function smallContent(file: FileHandle, size: number): Promise<Buffer> {
  const data = Buffer.alloc(size);
  for (let at = 0; at < size; ) {
    const { bytesRead } = await file.read(data, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return data;
}

/** The same as `smallContent`, with the padding. */
function readAtOnce(path: Buffer, size: number): Buffer {
  const data = Buffer.allocUnsafe(size + paddingOf(size));
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    let at = 0;
    for (let read = 1; read > 0 && at < size; at += read) read = readSync(file, data, at, size - at, at);
    data.fill(0, at);
    return data;
  } finally {
    closeSync(file);
  }
}

async function* contentOf(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  let data: ReturnType<typeof nextData>;
  for (let at = 0; at < size; ) {
    if (data === undefined || at >= data.to) data = nextData(file.fd, at) ?? { from: size, to: size };
    const hole = Math.min(data.from, size) - at;
    if (hole > 0) {
      yield ZEROS.subarray(0, hole);
      at += Math.min(hole, ZEROS.length);
      continue;
    }
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, data.to - at, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    // Shorter than it was: what is missing is a hole.
    if (bytesRead === 0) data = { from: size, to: size };
    else yield buffer.subarray(0, bytesRead);
    at += bytesRead;
  }
}
