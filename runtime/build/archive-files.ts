import { createReadStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { decompress } from '../archive/compression.ts';
import { joinPath, splitPath } from '../archive/contained-path.ts';
import type { PackedEntry } from '../archive/pack.ts';
import type { TarEntry } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import type { Owner } from './copy-owner.ts';
import type { LayerContents } from './destination.ts';

const SMALL = 1 << 16;

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
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      options.signal.throwIfAborted();
      const path = below(destination, entry.name);
      if (path === destination) continue;
      const content = await contentOf(reader, entry, join(options.folder, String(files++)));
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

/** A file's content: in memory where it is small, else in a file of its own. */
async function contentOf(reader: TarReader, entry: TarEntry, file: string): Promise<PackedEntry['content']> {
  if (entry.size <= SMALL) return reader.readAll();
  await using out = await open(file, 'wx', 0o600);
  for (let part = await reader.read(); part !== undefined; part = await reader.read()) await out.writeFile(part);
  return { path: Buffer.from(file) };
}
