import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decompress } from '../archive/compression.ts';
import { joinPath, splitPath } from '../archive/contained-path.ts';
import type { PackedEntry } from '../archive/pack.ts';
import type { TarEntry } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { invalid } from '../errors.ts';
import type { Owner } from './copy-owner.ts';
import type { LayerContents } from './destination.ts';

/** Bytes of a file that is kept in memory, and of all those of an archive. */
const SMALL = 1 << 16;
const MOST_IN_MEMORY = 32 << 20;
/** Bytes of what an archive says of its files, with what keeping that of one costs: about half a million files. */
const MOST_METADATA = 512 << 20;
const EACH = 1 << 10;

/**
 * Puts what a local tar archive holds into a layer, below a directory (ADD). Owners, modes and times are the archive's
 * own, without being set on any disk, so that an ordinary user's layer has them too; `owner` replaces all of them.
 */
export async function putArchive(
  contents: LayerContents,
  archive: Buffer,
  destination: string,
  options: {
    /** Folder for the contents of larger files, which does not exist yet. */
    readonly folder: string;
    readonly owner: Owner | undefined;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  await mkdir(options.folder);
  await contents.makeDirectory(destination);
  const bytes = await decompress(createReadStream(archive, { highWaterMark: 1 << 20 }), options.signal);
  try {
    const reader = new TarReader(bytes);
    let files = 0;
    let inMemory = 0;
    let metadata = 0;
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      options.signal.throwIfAborted();
      const path = below(destination, entry.name);
      if (path === destination) continue;
      metadata += metadataOf(entry);
      if (metadata > MOST_METADATA) throw tooMany(archive);
      const isSmall = entry.size <= Math.min(SMALL, MOST_IN_MEMORY - inMemory);
      if (isSmall) inMemory += entry.size;
      // A view would keep the larger part of the archive that it lies in.
      const content = isSmall
        ? Buffer.from(await reader.readAll())
        : await contentOf(reader, join(options.folder, String(files++)));
      const linkname =
        entry.type === 'hardlink'
          ? Buffer.from(await contents.nameOf(below(destination, entry.linkname)))
          : entry.linkname;
      const make = (name: Buffer): PackedEntry => ({ entry: { ...entry, ...options.owner, name, linkname }, content });
      if (entry.type === 'directory') await contents.putDirectory(path, make);
      else await contents.put(path, make);
    }
  } finally {
    bytes.destroy();
  }
}

function below(destination: string, name: Buffer): string {
  return join(destination, joinPath(Buffer.alloc(0), splitPath(name)).toString());
}

function metadataOf({ name, linkname, xattrs }: TarEntry): number {
  let bytes = EACH + name.length + linkname.length;
  for (const [key, value] of xattrs) bytes += key.length + value.length;
  return bytes;
}

function tooMany(archive: Buffer) {
  const name = basename(archive.toString());
  return invalid({
    code: 'archive-too-large',
    message: `ADD failed: ${name} holds more files than can be unpacked at once: pack them into several archives`,
    subject: name,
  });
}

/** Puts a file's content into a file of its own. */
async function contentOf(reader: TarReader, file: string): Promise<PackedEntry['content']> {
  await using out = await open(file, 'wx', 0o600);
  for (let part = await reader.read(); part !== undefined; part = await reader.read()) await out.writeFile(part);
  return { path: Buffer.from(file) };
}
