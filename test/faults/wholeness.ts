import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { sha256 } from '../../core/disk/sha256.ts';
import { chainIds, type DiffId } from '../../core/image/digest.ts';
import { decompress } from '../../runtime/archive/compression.ts';
import { TarReader } from '../../runtime/archive/tar-reader.ts';

const Manifest = z.object({
  config: z.object({ digest: z.string() }),
  layers: z.array(z.object({ digest: z.string() })),
});
const Config = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()) }) });
const StoredImage = z.object({ manifest: z.string() });
const StoredLayer = z.object({ diffId: z.string(), blob: z.string() });
const StoredPull = z.object({ layers: z.array(z.string()), blobs: z.array(z.string()) });
const StoredStep = z.object({ diffId: z.optional(z.string()) });

/** What a data root holds of an image. */
interface HeldImage {
  readonly id: string;
  readonly blobs: readonly string[];
  readonly diffIds: readonly DiffId[];
}

/**
 * Reads a data root from outside its engine, which must be still, and says in one sentence each what is not whole of the
 * images that are listed (by ID), and what is there that nothing needs.
 */
export async function complaintsAbout(root: string, listed: readonly string[]): Promise<string[]> {
  const store = join(root, 'images');
  const complaints: string[] = [];
  const held = new Map<string, HeldImage>();
  for (const id of listed) {
    try {
      held.set(id, await readImage(store, id));
    } catch (error) {
      complaints.push(`image ${id} cannot be read: ${String(error)}`);
    }
  }
  const present = new Set(await namesIn(join(store, 'blobs/sha256')));
  for (const name of present) {
    if (!/^[0-9a-f]{64}$/.test(name)) complaints.push(`there is a file ${name} among the blobs`);
    else if ((await digestOf(join(store, 'blobs/sha256', name))) !== name) complaints.push(`blob ${name} is damaged`);
  }
  const needed = new Set([...held.values()].flatMap(({ blobs }) => blobs));
  for (const blob of needed) if (!present.has(hexOf(blob))) complaints.push(`blob ${blob} of an image is missing`);

  const cached = new Set<string>();
  for (const text of await documents(join(root, 'build/cache'))) cached.add(StoredStep.parse(text).diffId ?? '');
  const used = new Set<string>([...held.values()].flatMap(({ diffIds }) => diffIds));
  // What a pull brought that was cut off is kept for the next attempt, for a while.
  const unfinished = (await documents(join(root, 'registries/unfinished'))).map((text) => StoredPull.parse(text));
  for (const { layers, blobs } of unfinished) {
    for (const diffId of layers) used.add(diffId);
    for (const blob of blobs) if (present.has(hexOf(blob))) needed.add(blob);
  }
  const blobOf = new Map<string, string>();
  for (const text of await documents(join(store, 'layers'))) {
    const { diffId, blob } = StoredLayer.parse(text);
    blobOf.set(diffId, blob);
    if (used.has(diffId) || cached.has(diffId)) needed.add(blob);
    else complaints.push(`layer ${diffId} is of no image and no step of a build`);
  }
  for (const name of present) if (!needed.has(`sha256:${name}`)) complaints.push(`blob ${name} is needed by nothing`);
  for (const name of await namesIn(join(store, 'images'))) {
    if (!held.has(`sha256:${name.replace(/\.json$/, '')}`)) complaints.push(`images/${name} is of no listed image`);
  }
  complaints.push(...(await unpackedComplaints(root, [...held.values(), ...unfinished.map(asHeld)], blobOf)));
  for (const place of ['build/temporary', 'build/contexts', 'snapshots/overlay/views']) {
    for (const name of await namesIn(join(root, place))) complaints.push(`${place}/${name} is left over`);
  }
  for (const path of await temporaryFiles(root)) complaints.push(`${path} is left over`);
  return complaints;
}

async function readImage(store: string, id: string): Promise<HeldImage> {
  const { manifest } = StoredImage.parse(
    JSON.parse(await readFile(join(store, 'images', `${hexOf(id)}.json`), 'utf8')),
  );
  const { config, layers } = Manifest.parse(await readBlob(store, manifest));
  if (config.digest !== id) throw new Error(`its manifest tells of ${config.digest}`);
  const { rootfs } = Config.parse(await readBlob(store, id));
  if (layers.length !== rootfs.diff_ids.length) throw new Error('its layers are not those of its config');
  const blobs = [id, manifest, ...layers.map(({ digest }) => digest)];
  return { id, blobs, diffIds: rootfs.diff_ids as unknown as DiffId[] };
}

function asHeld({ layers, blobs }: z.output<typeof StoredPull>): HeldImage {
  return { id: '', blobs, diffIds: layers as unknown as DiffId[] };
}

async function readBlob(store: string, digest: string): Promise<unknown> {
  return JSON.parse(await readFile(join(store, 'blobs/sha256', hexOf(digest)), 'utf8'));
}

/** Every committed snapshot is of an image and holds each file of its layer; nothing else is there. */
async function unpackedComplaints(
  root: string,
  images: readonly HeldImage[],
  blobOf: ReadonlyMap<string, string>,
): Promise<string[]> {
  const complaints: string[] = [];
  const layerOfChain = new Map<string, string>();
  for (const { diffIds } of images) {
    for (const [n, chain] of chainIds(diffIds, sha256).entries()) layerOfChain.set(hexOf(chain), diffIds[n]!);
  }
  for (const driver of ['overlay', 'overlay-user', 'vfs']) {
    const folder = join(root, 'snapshots', driver);
    for (const name of await namesIn(join(folder, 'temporary'))) complaints.push(`snapshot ${name} is half-made`);
    for (const name of await namesIn(join(folder, 'committed'))) {
      const blob = blobOf.get(layerOfChain.get(name) ?? '');
      if (blob === undefined) complaints.push(`snapshot ${name} is of no image`);
      else complaints.push(...(await differences(join(folder, 'committed', name, 'fs'), join(root, 'images'), blob)));
    }
  }
  return complaints;
}

async function differences(files: string, store: string, blob: string): Promise<string[]> {
  const found: string[] = [];
  const reader = new TarReader(await decompress(createReadStream(join(store, 'blobs/sha256', hexOf(blob)))));
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    if (entry.type !== 'file' || /(^|\/)\.wh\./.test(entry.name.toString())) continue;
    const hash = createHash('sha256');
    for (let part = await reader.read(); part !== undefined; part = await reader.read()) hash.update(part);
    const path = join(files, entry.name.toString());
    const is = await digestOf(path).catch((error: unknown) => String(error));
    if (is !== hash.digest('hex')) found.push(`${path} is not what its layer says: ${is}`);
  }
  return found;
}

async function documents(folder: string): Promise<unknown[]> {
  const names = (await namesIn(folder)).filter((name) => name.endsWith('.json'));
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown));
}

/** Files by the names of interrupted writes, wherever the engine keeps documents of its own. */
async function temporaryFiles(root: string): Promise<string[]> {
  const folders = [
    '',
    'images',
    'images/images',
    'images/layers',
    'images/layer-files',
    'records',
    'networks',
    'build/cache',
    'registries/layers',
    'registries/unfinished',
  ];
  const found = folders.map(async (folder) =>
    (await namesIn(join(root, folder))).filter((name) => name.endsWith('.tmp')).map((name) => join(folder, name)),
  );
  return (await Promise.all(found)).flat();
}

async function digestOf(path: string): Promise<string> {
  if (!(await lstat(path)).isFile()) throw new Error(`${path} is no file`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, '');
}

/** Names in a folder that may not be there. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
