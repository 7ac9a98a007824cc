import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { decompress } from '../../runtime/archive/compression.ts';
import type { TarEntry } from '../../runtime/archive/tar-entry.ts';
import { TarReader } from '../../runtime/archive/tar-reader.ts';

/** A file of an image as what matters of it: its content by digest. */
export interface ImageFile {
  readonly type: TarEntry['type'];
  /** Octal. */
  readonly mode: string;
  /** `uid:gid`. */
  readonly owner: string;
  readonly size: number;
  /** Digest of a file's content; a link's target; else empty. */
  readonly content: string;
  /** Whole seconds since the epoch. */
  readonly mtime: number;
}

/** An image as an engine saves it: its config, and each layer's entries by path, without a slash in front. */
export interface SavedImage {
  readonly config: ImageConfigRecord;
  readonly layers: readonly ReadonlyMap<string, ImageFile>[];
}

export interface ImageConfigRecord {
  readonly config: Readonly<Record<string, unknown>>;
  readonly history: readonly { readonly created_by?: string; readonly empty_layer?: boolean }[];
  readonly [name: string]: unknown;
}

/** Has an engine save an image (`docker save`), and reads what it says. */
export async function saveImage(socket: string, reference: string): Promise<SavedImage> {
  const child = spawn('docker', ['-H', `unix://${socket}`, 'save', reference], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const files = new Map<string, Buffer>();
  const reader = new TarReader(child.stdout);
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    if (entry.type === 'file') files.set(entry.name.toString(), await reader.readAll());
    else if (entry.type === 'symlink') files.set(entry.name.toString(), Buffer.from(`-> ${entry.linkname}`));
  }
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error(`docker save ${reference} ended with ${child.exitCode}`);
  const [first] = JSON.parse(String(files.get('manifest.json'))) as { Config: string; Layers: string[] }[];
  const { Config, Layers } = first!;
  return {
    config: JSON.parse(String(files.get(Config))),
    layers: await Promise.all(Layers.map((name) => readLayer(fileOf(files, name)))),
  };
}

/** Layers that several images share are links in what dockerd writes. */
function fileOf(files: ReadonlyMap<string, Buffer>, name: string): Buffer {
  const content = files.get(name);
  if (content === undefined) throw new Error(`the archive has no ${name}`);
  const link = /^-> (?:\.\.\/)?(.*)$/.exec(content.subarray(0, 200).toString());
  return link === null ? content : fileOf(files, link[1]!);
}

async function readLayer(blob: Buffer): Promise<ReadonlyMap<string, ImageFile>> {
  const entries = new Map<string, ImageFile>();
  const reader = new TarReader(await decompress(Readable.from([blob], { objectMode: false })));
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    const digest =
      entry.type === 'file'
        ? createHash('sha256')
            .update(await reader.readAll())
            .digest('hex')
        : '';
    entries.set(entry.name.toString('latin1').replace(/^\.?\//, ''), {
      type: entry.type,
      mode: entry.mode.toString(8),
      owner: `${entry.uid}:${entry.gid}`,
      size: entry.size,
      content: digest || entry.linkname.toString('latin1').replace(/^\//, entry.type === 'hardlink' ? '' : '/'),
      mtime: Number(entry.mtime / 1_000_000_000n),
    });
  }
  return entries;
}

/** The files of an image by path, all layers over one another. */
export function mergedFiles({ layers }: SavedImage): ReadonlyMap<string, ImageFile> {
  const merged = new Map<string, ImageFile>();
  const removeBelow = (path: string): void => {
    for (const each of merged.keys()) if (each === path || each.startsWith(`${path}/`)) merged.delete(each);
  };
  for (const layer of layers) {
    for (const path of layer.keys()) {
      const [, folder = '', name = ''] = /^(?:(.*)\/)?\.wh\.(.*)$/s.exec(path) ?? [];
      if (name === '.wh..opq') {
        for (const each of [...merged.keys()].filter((each) => each.startsWith(`${folder}/`))) merged.delete(each);
      } else if (name !== '') removeBelow(folder === '' ? name : `${folder}/${name}`);
    }
    for (const [path, file] of layer) {
      if (/(^|\/)\.wh\./.test(path) || path === '') continue;
      if (file.type !== 'directory') removeBelow(path);
      merged.set(path, file.type === 'hardlink' ? { ...file, content: file.content } : file);
    }
  }
  return merged;
}
