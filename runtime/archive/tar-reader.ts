import { EngineError } from '../errors.ts';
import { ByteSource } from './byte-source.ts';
import { type PaxRecords, parsePax, parsePaxTime } from './pax.ts';
import { shownName } from './shown-name.ts';
import { oldSparseFile, paxSparseFile, type SparseContent, type SparseFile, saysSparse } from './sparse.ts';
import { BLOCK, type EntryType, paddingOf, type TarEntry } from './tar-entry.ts';
import { badTar, parseHeader, type RawHeader } from './tar-header.ts';

const TYPES: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

/** Bytes of the long names and extended headers of an entry, and of what global headers say of all: more is an attack. */
const MOST_METADATA = 1 << 20;

/**
 * Reads a tar archive entry by entry: ustar, PAX, GNU long names, base-256 numbers, sparse files, whose holes it fills.
 * Errors: EngineError `invalid` with code `tar-invalid` or `tar-truncated`.
 */
export class TarReader {
  readonly #source: ByteSource;
  readonly #global: PaxRecords = new Map();
  #left = 0;
  #padding = 0;
  /** Of the entry that is read, where it is a sparse file. */
  #sparse: SparseContent | undefined;
  /** Name of the entry that was begun last: errors tell it. */
  #last: Buffer | undefined;

  constructor(archive: AsyncIterable<Buffer>) {
    this.#source = new ByteSource(archive);
  }

  /** The next entry, skipping what is unread of the last; undefined after the last, when the stream has been read to its end. */
  async next(): Promise<TarEntry | undefined> {
    try {
      return await this.#next();
    } catch (error) {
      throw this.#located(error);
    }
  }

  async #next(): Promise<TarEntry | undefined> {
    await this.#finishEntry();
    const own: PaxRecords = new Map();
    let longName: Buffer | undefined;
    let longLink: Buffer | undefined;
    let bytes = 0;
    const metadata = async ({ size }: RawHeader): Promise<Buffer> => {
      bytes += BLOCK + size;
      if (bytes > MOST_METADATA) throw tooMuchMetadata();
      return this.#metadata(size);
    };
    for (;;) {
      const block = await this.#source.take(BLOCK);
      const header = block === undefined ? undefined : parseHeader(block);
      if (header === undefined) {
        await this.#source.drain();
        return undefined;
      }
      if (header.flag === 'x') parsePax(await metadata(header), own);
      else if (header.flag === 'g') this.#addGlobal(await metadata(header));
      else if (header.flag === 'L') longName = cutAtNul(await metadata(header));
      else if (header.flag === 'K') longLink = cutAtNul(await metadata(header));
      else if (TYPES[header.flag] === undefined) await this.#source.skip(header.size + paddingOf(header.size));
      else {
        const entry = this.#begin(header, new Map([...this.#global, ...own]), longName, longLink);
        const take = (size: number): Promise<Buffer | undefined> => this.#source.take(size);
        if (header.flag === 'S') return this.#fill(entry, await oldSparseFile(block!, this.#left, take));
        return saysSparse(own) ? this.#fill(entry, await paxSparseFile(own, this.#left, take)) : entry;
      }
    }
  }

  /** The entry of a sparse file, as if the archive held the whole of it. */
  #fill(entry: TarEntry, { name, size, stored, content }: SparseFile): TarEntry {
    if (entry.type !== 'file' || name?.includes(0)) throw badTar('a sparse file is none');
    this.#left = stored;
    this.#sparse = content;
    if (name !== undefined) this.#last = Buffer.from(withoutSlashes(name));
    return { ...entry, name: this.#last ?? entry.name, size };
  }

  /** The next part of the entry's content; undefined at its end. Valid until the next call. */
  async read(): Promise<Buffer | undefined> {
    if (this.#sparse !== undefined) return this.#sparse.read((most) => this.#stored(most));
    return this.#left === 0 ? undefined : this.#stored(this.#left);
  }

  async #stored(most: number): Promise<Buffer> {
    const part = await this.#source.takeSome(most);
    if (part === undefined) throw this.#located(badTar('it ends in the middle of a file', 'tar-truncated'));
    this.#left -= part.length;
    return part;
  }

  /** All that is left of the entry's content: for entries known to be small. */
  async readAll(): Promise<Buffer> {
    if (this.#sparse !== undefined) return this.#readAllSparse();
    const size = this.#left;
    this.#left = 0;
    try {
      const data = size === 0 ? Buffer.alloc(0) : await this.#source.take(size);
      if (data === undefined) throw badTar('it ends in the middle of a file', 'tar-truncated');
      return data;
    } catch (error) {
      throw this.#located(error);
    }
  }

  async #readAllSparse(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let part = await this.read(); part !== undefined; part = await this.read()) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  }

  /** What is wrong with the archive, with the entry at or after which it is. */
  #located(error: unknown): unknown {
    if (!(error instanceof EngineError) || !error.code.startsWith('tar-') || error.subject !== undefined) return error;
    const { kind, code, message, remedies } = error;
    const where = this.#last === undefined ? 'at its beginning' : `at or after its entry ${shownName(this.#last)}`;
    const subject = this.#last?.toString() ?? '';
    return new EngineError(kind, { code, message: `${message}, ${where}`, subject, cause: error, remedies });
  }

  /** Lets the archive go before its end. */
  close(): Promise<void> {
    return this.#source.close();
  }

  async #finishEntry(): Promise<void> {
    await this.#source.skip(this.#left);
    // docker's own contexts end without it where the Dockerfile came from outside.
    await this.#source.skipSome(this.#padding);
    this.#left = 0;
    this.#padding = 0;
    this.#sparse = undefined;
  }

  /** What global headers say is kept to the archive's end, so it must not grow from entry to entry either. */
  #addGlobal(data: Buffer): void {
    parsePax(data, this.#global);
    let bytes = 0;
    for (const [keyword, value] of this.#global) bytes += keyword.length + value.length;
    if (bytes > MOST_METADATA) throw tooMuchMetadata();
  }

  async #metadata(size: number): Promise<Buffer> {
    const data = await this.#source.take(size + paddingOf(size));
    if (data === undefined) throw badTar('it ends in an extended header', 'tar-truncated');
    return data.subarray(0, size);
  }

  #begin(header: RawHeader, pax: PaxRecords, longName?: Buffer, longLink?: Buffer): TarEntry {
    const name = pax.get('path') ?? longName ?? header.name;
    const copied = Buffer.from(withoutSlashes(name));
    this.#last = copied;
    if (name.includes(0) || pax.get('linkpath')?.includes(0)) throw badTar('a name has a zero byte in it');
    const isDirectoryByName = name.at(-1) === 0x2f;
    const flagged = TYPES[header.flag]!;
    const type = flagged === 'file' && isDirectoryByName ? 'directory' : flagged;
    const size = type === 'file' ? (paxNumber(pax, 'size') ?? header.size) : 0;
    this.#left = size;
    // A hard link's size field tells of the file it names; nothing follows.
    this.#padding = paddingOf(size);
    const xattrs = new Map<string, Buffer>();
    for (const [keyword, value] of pax) {
      if (keyword.startsWith('SCHILY.xattr.')) xattrs.set(xattrName(keyword), value);
    }
    const mtime = pax.get('mtime');
    return {
      name: copied,
      type,
      mode: header.mode & 0o7777,
      uid: paxNumber(pax, 'uid') ?? header.uid,
      gid: paxNumber(pax, 'gid') ?? header.gid,
      size,
      mtime: mtime === undefined ? BigInt(header.mtime) * 1_000_000_000n : parsePaxTime(mtime),
      linkname: pax.get('linkpath') ?? longLink ?? header.linkname,
      device: { major: header.major, minor: header.minor },
      xattrs,
    };
  }
}

/** A keyword ends at its first `=`: GNU tar writes one in an attribute's name as `%3D`, and so do we. */
function xattrName(keyword: string): string {
  return keyword.slice('SCHILY.xattr.'.length).replaceAll('%3D', '=');
}

function tooMuchMetadata(): Error {
  return badTar(`the extended headers of one entry have more than ${MOST_METADATA} bytes`, 'tar-metadata-too-large');
}

function paxNumber(pax: PaxRecords, keyword: string): number | undefined {
  const value = pax.get(keyword);
  if (value === undefined) return undefined;
  const number = Number(value.toString('latin1'));
  if (!Number.isSafeInteger(number) || number < 0) throw badTar(`an extended header has a broken ${keyword}`);
  return number;
}

function cutAtNul(text: Buffer): Buffer {
  const end = text.indexOf(0);
  return Buffer.from(end === -1 ? text : text.subarray(0, end));
}

function withoutSlashes(name: Buffer): Buffer {
  let end = name.length;
  while (end > 1 && name[end - 1] === 0x2f) end--;
  return name.subarray(0, end);
}
