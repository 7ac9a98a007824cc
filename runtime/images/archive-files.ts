import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { digestHex } from '../../core/image/digest.ts';
import { decompress } from '../archive/compression.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { TarEntry } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import type { BlobPin } from '../store/blob-pins.ts';
import type { BlobInfo, BlobStore } from '../store/blob-store.ts';
import { archiveInvalid, blaming } from './archive-error.ts';
import type { ImageStore } from './image-store.ts';
import { PutsUnderWay } from './puts-under-way.ts';

/** As many links in a row as are followed. */
const MOST_LINKS = 16;
const BLOB_NAME = /^blobs\/sha256\/([0-9a-f]{64})$/;

/** A file of an archive. */
export interface ArchiveFile extends BlobInfo {
  /** As the archive names it. */
  readonly entry: string;
}

/** The files of an archive of images, each kept as a blob until `release`: nothing is ever written under its own name. */
export class ArchiveFiles {
  readonly #files = new Map<string, BlobInfo>();
  readonly #links = new Map<string, string>();
  /** None of them may go while an image is made of it. */
  readonly #pin: BlobPin;

  constructor(
    private readonly blobs: BlobStore,
    private readonly limits: ArchiveLimits,
  ) {
    this.#pin = blobs.pin();
  }

  /** Reads an archive, compressed or not, to its end. Errors: EngineError `invalid`, naming the entry. */
  async read(archive: Readable, signal?: AbortSignal): Promise<void> {
    const puts = new PutsUnderWay();
    try {
      await this.#read(archive, puts, signal);
    } finally {
      await puts.settled();
    }
    puts.throwFailure();
  }

  async #read(archive: Readable, puts: PutsUnderWay, signal?: AbortSignal): Promise<void> {
    const reader = new TarReader(await decompress(archive, signal));
    let bytes = 0;
    let entries = 0;
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      const name = nameInside(entry.name.toString());
      bytes += entry.size;
      if (++entries > this.limits.archiveEntries) {
        throw archiveInvalid(name, `is one entry more than ${this.limits.archiveEntries}, the limit`);
      }
      if (bytes > this.limits.archiveBytes) {
        throw archiveInvalid(name, `makes it larger than ${this.limits.archiveBytes} bytes, the limit`);
      }
      if (entry.type === 'symlink' || entry.type === 'hardlink') {
        this.#add(name, this.#links, nameInside(targetOf(entry, name), name));
      } else if (entry.type === 'file') {
        await puts.add(contentOf(reader), (content) => this.#put(name, content, signal));
      } else if (entry.type !== 'directory') {
        throw archiveInvalid(name, `is a ${entry.type} device or pipe, which no archive of images has`);
      }
    }
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** A file, links followed. Error: EngineError `invalid` where the archive has none of that name. */
  get(name: string): ArchiveFile {
    const found = this.#find(name);
    if (found !== undefined) return { ...found, entry: name };
    throw archiveInvalid(name, 'is spoken of, but not in the archive');
  }

  /** The bytes of a document, a JSON text. */
  bytes(name: string): Promise<Buffer> {
    const { digest } = this.get(name);
    return blaming(name, () => this.blobs.read(digest, this.limits.documentBytes));
  }

  /** Names of all files. */
  names(): Iterable<string> {
    return [...this.#files.keys(), ...this.#links.keys()];
  }

  /** Removes what no image took over. */
  async release(images: ImageStore): Promise<void> {
    this.#pin[Symbol.dispose]();
    await images.collect(this.#pin.digests);
  }

  async #put(name: string, content: Readable, signal?: AbortSignal): Promise<void> {
    const info = await this.blobs.put(content, { pin: this.#pin }, signal);
    const hex = BLOB_NAME.exec(name)?.[1];
    if (hex !== undefined && hex !== digestHex(info.digest)) {
      throw archiveInvalid(name, `has the digest ${info.digest}: it is damaged`);
    }
    this.#add(name, this.#files, info);
  }

  /** The same file twice does no harm; two of one name could be checked as one and used as the other. */
  #add<T extends BlobInfo | string>(name: string, to: Map<string, T>, value: T): void {
    const before = this.#files.get(name) ?? this.#links.get(name);
    const isSame = typeof before === 'object' && typeof value === 'object' && before.digest === value.digest;
    if (before !== undefined && before !== value && !isSame) throw archiveInvalid(name, 'is in it twice, and differs');
    to.set(name, value);
  }

  #find(name: string): BlobInfo | undefined {
    let path: string | undefined = nameInside(name);
    for (let links = 0; path !== undefined && links <= MOST_LINKS; links++) {
      const file = this.#files.get(path);
      if (file !== undefined) return file;
      path = this.#links.get(path);
    }
    if (path !== undefined) throw archiveInvalid(name, 'is a link that leads nowhere');
    return undefined;
  }
}

/** A name as a path below the archive's root, without `.` and `..`. Error: EngineError `invalid` where it leads outside. */
function nameInside(name: string, entry = name): string {
  const path = posix.normalize(name).replace(/\/+$/, '');
  if (posix.isAbsolute(path) || path === '..' || path.startsWith('../')) {
    throw archiveInvalid(entry, entry === name ? 'lies outside of it' : `links to ${name}, outside of it`);
  }
  return path;
}

/** Where a link leads: a symbolic one from where it stands, a hard one from the archive's root. */
function targetOf({ type, linkname }: TarEntry, name: string): string {
  const target = linkname.toString();
  return type === 'hardlink' || posix.isAbsolute(target) ? target : posix.join(posix.dirname(name), target);
}

async function* contentOf(reader: TarReader): AsyncGenerator<Buffer> {
  for (let part = await reader.read(); part !== undefined; part = await reader.read()) yield part;
}
