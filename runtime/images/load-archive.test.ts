import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../core/disk/sha256.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { openBlobStore } from '../store/blobs.ts';
import type { ImageStore } from './image-store.ts';
import { loadArchive } from './load-archive.ts';
import { openImageStore } from './local-images.ts';
import { layerTar, RememberingSnapshotter } from './remembering.test-support.ts';

let root: string;
let blobs: BlobStore;
let images: ImageStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-load-'));
  blobs = await openBlobStore(join(root, 'layout'));
  const snapshotter = new RememberingSnapshotter();
  images = await openImageStore({ root, blobs, snapshotter, publish: () => undefined, users: () => [] });
});

afterEach(() => rm(root, { recursive: true, force: true }));

function load(archive: Buffer) {
  const platform = { os: 'linux', architecture: 'amd64' };
  return loadArchive(Readable.from([archive], { objectMode: false }), { images, blobs, platform });
}

const layers = [layerTar({ a: '1' }), layerTar({ b: '22' })];
const config = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  config: {},
  rootfs: { diff_ids: layers.map((layer) => sha256(layer)) },
});

const saved = {
  '1/layer.tar': layers[0]!,
  '2/layer.tar': layers[1]!,
  'config.json': config,
  'manifest.json': JSON.stringify([
    { Config: 'config.json', RepoTags: ['app:v1', 'other'], Layers: ['1/layer.tar', '2/layer.tar'] },
  ]),
};

it('loads what docker save wrote, with its names', async () => {
  const loaded = await load(layerTar(saved));
  expect(loaded.map(({ names }) => names)).toEqual([['app:v1', 'other:latest']]);
  expect(images.inspect('app:v1')).toMatchObject({ RepoTags: ['app:v1', 'other:latest'], Size: 3 });
  // The layers, the config and a manifest of our own stay; the archive's own documents go.
  expect(await blobs.list()).toHaveLength(4);
});

it('loads a compressed OCI layout', async () => {
  const packed = layers.map((layer) => gzipSync(layer));
  const describe = (data: Buffer | string, mediaType: string) => ({
    mediaType,
    digest: sha256(data),
    size: data.length,
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: describe(config, 'application/vnd.oci.image.config.v1+json'),
    layers: packed.map((each) => describe(each, 'application/vnd.oci.image.layer.v1.tar+gzip')),
  });
  const index = JSON.stringify({
    schemaVersion: 2,
    manifests: [
      {
        ...describe(manifest, 'application/vnd.oci.image.manifest.v1+json'),
        annotations: { 'org.opencontainers.image.ref.name': 'app:v2' },
      },
    ],
  });
  const all = Object.fromEntries(
    [...packed, manifest, config].map((data) => [`blobs/${sha256(data).replace(':', '/')}`, data]),
  );
  await load(gzipSync(layerTar({ ...all, 'index.json': index, 'oci-layout': '{}' })));
  expect(images.resolve('app:v2').layers.map(({ bytes }) => bytes)).toEqual([1, 2]);
});

it('loads what the first versions of docker save wrote, each layer an image of its own', async () => {
  const json = (id: string, parent: string) =>
    JSON.stringify({
      id,
      ...(parent && { parent }),
      created: '2015-01-01T00:00:00Z',
      container_config: { Cmd: ['/bin/sh', '-c', `#(nop) ADD ${id}`] },
      config: { Cmd: ['sh'], Env: ['A=b'] },
      architecture: 'amd64',
      os: 'linux',
    });
  const [loaded] = await load(
    layerTar({
      'low/VERSION': '1.0',
      'low/json': json('low', ''),
      'low/layer.tar': layers[0]!,
      'top/json': json('top', 'low'),
      'top/layer.tar': layers[1]!,
      repositories: JSON.stringify({ old: { v1: 'top' } }),
    }),
  );
  expect(loaded?.names).toEqual(['old:v1']);
  expect(images.inspect('old:v1')).toMatchObject({
    Created: '2015-01-01T00:00:00Z',
    Config: { Cmd: ['sh'], Env: ['A=b'] },
    RootFS: { Layers: layers.map((layer) => sha256(layer)) },
  });
  expect(images.history('old:v1').map(({ CreatedBy, Size }) => [CreatedBy, Size])).toEqual([
    ['/bin/sh -c #(nop) ADD top', 2],
    ['/bin/sh -c #(nop) ADD low', 1],
  ]);
});

it('says which image a name meant before', async () => {
  const [first] = await load(layerTar(saved));
  const other = config.replace('"config":{}', '"config":{"Cmd":["sh"]}');
  const [second] = await load(layerTar({ ...saved, 'config.json': other }));
  expect(second?.renamed).toEqual([
    { name: 'app:v1', id: first?.image.id },
    { name: 'other:latest', id: first?.image.id },
  ]);
});

it.each([
  ['an archive without an image', { a: '1' }, 'the archive holds no image'],
  ['a missing layer', { ...saved, '2/layer.tar': '' }, 'the image is damaged'],
  [
    'a layer that it speaks of but does not hold',
    Object.fromEntries(Object.entries(saved).slice(1)),
    '"1/layer.tar" is spoken of, but not in the archive',
  ],
])('refuses %s and leaves nothing', async (_, files, message) => {
  await expect(load(layerTar(files))).rejects.toThrow(message);
  expect(await blobs.list()).toEqual([]);
});
