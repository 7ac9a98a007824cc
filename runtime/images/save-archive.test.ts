import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../core/disk/sha256.ts';
import { digestHex } from '../../core/image/digest.ts';
import { TarReader } from '../archive/tar-reader.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { openBlobStore } from '../store/blobs.ts';
import type { ImageStore } from './image-store.ts';
import { loadArchive } from './load-archive.ts';
import { openImageStore } from './local-images.ts';
import { layerTar, RememberingSnapshotter } from './remembering.test-support.ts';
import { saveArchive } from './save-archive.ts';
import { savedImages } from './saved-images.ts';

interface Store {
  readonly blobs: BlobStore;
  readonly images: ImageStore;
}

const platform = { os: 'linux', architecture: 'amd64' };
const layer = layerTar({ a: '1' });
const packed = gzipSync(layerTar({ b: '22' }));
let folder: string;
let from: Store;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-save-'));
  from = await open('from');
  const config = (cmd: string) => ({
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: [cmd] },
    rootfs: { diff_ids: [sha256(layer), sha256(layerTar({ b: '22' }))] },
  });
  const entry = (name: string, tags: string[]) => ({ Config: name, RepoTags: tags, Layers: ['1.tar', '2.tar'] });
  await load(
    from,
    layerTar({
      '1.tar': layer,
      '2.tar': packed,
      'one.json': JSON.stringify(config('one')),
      'two.json': JSON.stringify(config('two')),
      'manifest.json': JSON.stringify([
        entry('one.json', ['app:1', 'app:2', 'host:5/b']),
        entry('two.json', ['app:3']),
      ]),
    }),
  );
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function open(name: string): Promise<Store> {
  const root = join(folder, name);
  const blobs = await openBlobStore(join(root, 'layout'));
  const snapshotter = new RememberingSnapshotter();
  return { blobs, images: await openImageStore({ root, blobs, snapshotter, publish: () => {}, users: () => [] }) };
}

function load({ blobs, images }: Store, archive: Buffer) {
  return loadArchive(Readable.from([archive], { objectMode: false }), { images, blobs, platform });
}

async function save(...names: readonly string[]): Promise<Buffer> {
  return buffer(await saveArchive(savedImages(from.images, names), from));
}

async function entries(archive: Buffer): Promise<Map<string, Buffer>> {
  const reader = new TarReader(Readable.from([archive], { objectMode: false }));
  const found = new Map<string, Buffer>();
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    found.set(entry.name.toString(), await reader.readAll());
  }
  return found;
}

it('writes a layout with the documents of docker save, each blob once', async () => {
  const files = await entries(await save('app'));
  const blobs = [...files.keys()].filter((name) => name.startsWith('blobs/sha256/'));
  // Two layers, two configs, two manifests.
  expect(blobs).toHaveLength(6);
  for (const name of blobs) expect(sha256(files.get(name)!)).toBe(`sha256:${name.slice('blobs/sha256/'.length)}`);
  const top = digestHex(sha256(packed));
  const saved: { RepoTags: string[]; Layers: string[] }[] = JSON.parse(files.get('manifest.json')!.toString());
  expect(saved.map(({ RepoTags }) => RepoTags.join()).sort()).toEqual(['app:1,app:2', 'app:3']);
  for (const { Layers } of saved) expect(Layers).toEqual([expect.anything(), `blobs/sha256/${top}`]);
  expect(JSON.parse(files.get('repositories')!.toString())).toEqual({ app: { 1: top, 2: top, 3: top } });
  expect(JSON.parse(files.get('index.json')!.toString()).manifests).toHaveLength(3);
});

it('saves a tag without the others, and an ID without a name', async () => {
  const tagOf = async (name: string) =>
    JSON.parse((await entries(await save(name))).get('manifest.json')!.toString())[0].RepoTags;
  expect(await tagOf('app:2')).toEqual(['app:2']);
  expect(await tagOf(from.images.resolve('app:2').id)).toBeNull();
  expect(await tagOf('host:5/b')).toEqual(['host:5/b:latest']);
});

it('is loaded again with the same ID, manifest and names', async () => {
  const to = await open('to');
  const loaded = await load(to, await save('app'));
  expect(loaded.flatMap(({ names }) => names).sort()).toEqual(['app:1', 'app:2', 'app:3']);
  const [before, after] = [from.images.resolve('app:1'), to.images.resolve('app:1')];
  expect(after).toEqual(before);
});

it('gives the same bytes every time', async () => {
  expect(sha256(await save('app'))).toBe(sha256(await save('app')));
});

it('fails before it begins where an image is not here, and at its end where a blob is damaged', async () => {
  expect(() => savedImages(from.images, ['app:1', 'none'])).toThrow('No such image: none:latest');
  expect(() => savedImages(from.images, [])).toThrow('no image was named');
  await writeFile(join(folder, 'from/layout/blobs/sha256', digestHex(sha256(layer))), Buffer.alloc(layer.length));
  await expect(save('app')).rejects.toThrow('is corrupt');
});
