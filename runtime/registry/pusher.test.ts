import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/disk/sha256.ts';
import { asDiffId } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { parseReference } from '../../core/image/reference.ts';
import type { ImageStore } from '../images/image-store.ts';
import { openImageStore } from '../images/local-images.ts';
import { layerTar, RememberingSnapshotter } from '../images/remembering.test-support.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { openBlobStore } from '../store/blobs.ts';
import { ANONYMOUS } from './credentials.ts';
import { RegistryHosts } from './hosts.ts';
import { LayerSources } from './layer-sources.ts';
import { Pusher, type PushRequest } from './pusher.ts';
import { TestRegistry } from './registry.test-support.ts';

let root: string;
let blobs: BlobStore;
let images: ImageStore;
let sources: LayerSources;
let events: string[];
let lines: string[];
let registry: TestRegistry;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-push-'));
  blobs = await openBlobStore(join(root, 'layout'));
  const snapshotter = new RememberingSnapshotter();
  images = await openImageStore({ root, blobs, snapshotter, publish: () => undefined, users: () => [] });
  sources = await LayerSources.open(join(root, 'sources'), () => true);
  registry = await TestRegistry.start();
  events = [];
  lines = [];
});

afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** Makes an image of one layer for each of the files, as a build does. */
async function build(name: string, files: readonly Record<string, string | Buffer>[]) {
  const layers = [];
  for (const each of files) {
    const { digest } = await blobs.put(layerTar(each));
    layers.push((await images.addLayer(digest, { diffId: asDiffId(digest), mediaType: MediaType.ociLayer })).diffId);
  }
  const config = { architecture: 'amd64', os: 'linux', history: [], config: {} } as never;
  const image = await images.create({ config, layers });
  await images.tag(image.id, name);
  return { image, layers };
}

function push(name: string, options: Partial<PushRequest> = {}): Promise<void> {
  const parsed = parseReference(name);
  if (!parsed.ok) throw new Error(parsed.problem);
  const pusher = new Pusher({
    images,
    blobs,
    sources,
    account: async () => ANONYMOUS,
    hosts: new RegistryHosts({ mirrors: [], insecureRegistries: [], certificates: [], env: {} }),
    publish: (action, id) => events.push(`${action} ${id}`),
    delays: [1, 1, 1],
  });
  return pusher.push({
    reference: parsed.reference,
    report: ({ id, status, progressDetail, aux }) => {
      if (aux !== undefined) lines.push(JSON.stringify(aux));
      else if (progressDetail?.current === undefined) lines.push(id === undefined ? `${status}` : `${id}: ${status}`);
    },
    signal: new AbortController().signal,
    ...options,
  });
}

const short = (digest: string): string => digest.slice(7, 19);

describe('a push', () => {
  it('brings an image and tells of it as dockerd does', async () => {
    const name = `${registry.host}/team/app:v1`;
    const { layers } = await build(name, [{ a: '1' }, { b: '2' }]);
    await push(name);
    const manifest = registry.pushed.get('team/app:v1')!;
    const [low, high] = layers.map(short);
    expect(lines.slice(0, 3)).toEqual([
      `The push refers to repository [${registry.host}/team/app]`,
      `${high}: Preparing`,
      `${low}: Preparing`,
    ]);
    expect(lines.slice(3, 5).sort()).toEqual([`${low}: Pushed`, `${high}: Pushed`].sort());
    const digest = sha256(manifest);
    expect(lines.slice(5)).toEqual([
      `v1: digest: ${digest} size: ${manifest.length}`,
      JSON.stringify({ Tag: 'v1', Digest: digest, Size: manifest.length }),
    ]);
    expect(images.inspect(name).RepoDigests).toEqual([`${registry.host}/team/app@${digest}`]);
    expect(events).toEqual([`push ${name}`]);
  });

  it('of layers that were made here compresses them, always to the same bytes', async () => {
    const name = `${registry.host}/app:v1`;
    await build(name, [{ a: 'x'.repeat(10_000) }]);
    await push(name);
    const manifest = JSON.parse(registry.pushed.get('app:v1')!.toString());
    const [layer] = manifest.layers;
    expect(manifest).toMatchObject({
      schemaVersion: 2,
      mediaType: MediaType.dockerManifest,
      config: { mediaType: MediaType.dockerConfig },
      layers: [{ mediaType: MediaType.dockerLayerGzip }],
    });
    const packed = registry.uploads.held.get(`app ${layer.digest}`)!;
    expect(gunzipSync(packed)).toEqual(layerTar({ a: 'x'.repeat(10_000) }));
    // Neither a name nor a time, which would differ from one push to the next.
    expect(packed.subarray(0, 8)).toEqual(Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
    expect(layer.size).toBe(registry.uploads.held.get(`app ${layer.digest}`)!.length);
  });

  it('again uploads nothing', async () => {
    const name = `${registry.host}/app:v1`;
    const { layers } = await build(name, [{ a: '1' }]);
    await push(name);
    registry.requests.length = 0;
    await push(name);
    expect(lines).toContain(`${short(layers[0]!)}: Layer already exists`);
    expect(registry.requests.filter((each) => each.startsWith('POST'))).toEqual([]);
  });

  it('has a layer mounted from where it was pushed before', async () => {
    const { layers } = await build(`${registry.host}/one:v1`, [{ a: '1' }]);
    await images.tag(`${registry.host}/one:v1`, `${registry.host}/two:v1`);
    await push(`${registry.host}/one:v1`);
    await push(`${registry.host}/two:v1`);
    expect(lines).toContain(`${short(layers[0]!)}: Mounted from one`);
  });

  it('uploads what is no longer where it was known to be', async () => {
    const { layers } = await build(`${registry.host}/one:v1`, [{ a: '1' }]);
    await images.tag(`${registry.host}/one:v1`, `${registry.host}/two:v1`);
    await push(`${registry.host}/one:v1`);
    registry.uploads.held.clear();
    lines = [];
    await push(`${registry.host}/two:v1`);
    expect(lines).toContain(`${short(layers[0]!)}: Pushed`);
    expect(registry.uploads.unfinished).toBe(0);
  });

  it('without a tag brings all tags', async () => {
    await build(`${registry.host}/app:v1`, [{ a: '1' }]);
    await build(`${registry.host}/app:v2`, [{ a: '2' }]);
    await push(`${registry.host}/app`);
    expect([...registry.pushed.keys()].sort()).toEqual(['app:v1', 'app:v2']);
  });

  it.each([false, true])('takes up a broken upload, also where the registry forgot it (%s)', async (forgets) => {
    const name = `${registry.host}/app:v1`;
    await build(name, [{ a: randomBytes(3 << 20) }]);
    registry.uploads.forgets = forgets;
    registry.uploads.breaking = { times: 3, after: 1 << 20 };
    await push(name);
    expect(registry.uploads.breaking.times).toBe(0);
    expect(registry.uploads.unfinished).toBe(0);
  });

  it('sends of a broken upload of known bytes only what is missing', async () => {
    const name = `${registry.host}/app:v1`;
    const tar = layerTar({ a: randomBytes(3 << 20) });
    const packed = gzipSync(tar);
    await blobs.put(packed);
    const layer = await images.addLayer(sha256(packed), { diffId: asDiffId(sha256(tar)) });
    const config = { architecture: 'amd64', os: 'linux', history: [], config: {} } as never;
    const { id } = await images.create({ config, layers: [layer.diffId] });
    await images.tag(id, name);
    registry.uploads.breaking = { times: 2, after: 1 << 20 };
    await push(name);
    expect(registry.uploads.held.get(`app ${sha256(packed)}`)?.equals(packed)).toBe(true);
    expect(registry.requests.filter((each) => each.startsWith('PATCH'))).toHaveLength(2);
  });

  it('tries again where the registry is busy', async () => {
    const name = `${registry.host}/app:v1`;
    const { layers } = await build(name, [{ a: '1' }]);
    registry.failing = 3;
    await push(name);
    expect(lines).toContain(`${short(layers[0]!)}: Retrying in 1 second`);
  });
});

describe('a failed push', () => {
  it('of what is not here says so as dockerd does', async () => {
    await expect(push(`${registry.host}/none:v1`)).rejects.toMatchObject({
      kind: 'not-found',
      message: `An image does not exist locally with the tag: ${registry.host}/none`,
    });
    await build(`${registry.host}/app:v1`, [{ a: '1' }]);
    await expect(push(`${registry.host}/app:v2`)).rejects.toMatchObject({
      kind: 'not-found',
      message: `tag does not exist: ${registry.host}/app:v2`,
    });
    await expect(push(`${registry.host}/app@sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({
      kind: 'invalid',
      message: 'cannot push a digest reference',
    });
  });

  it('to where nobody may push says so, and keeps the password to itself', async () => {
    await using secured = await TestRegistry.start({ auth: 'token' });
    await build(`${secured.host}/private/app:v1`, [{ a: '1' }]);
    await expect(
      push(`${secured.host}/private/app:v1`, {
        credentials: { kind: 'password', username: 'ann', password: 'wrong-secret' },
      }),
    ).rejects.toMatchObject({ kind: 'unauthorized', message: expect.not.stringContaining('wrong-secret') });
    await using basic = await TestRegistry.start({ auth: 'basic' });
    await build(`${basic.host}/app:v1`, [{ a: '1' }]);
    await expect(push(`${basic.host}/app:v1`)).rejects.toMatchObject({ message: 'no basic auth credentials' });
  });

  it('by cancellation gives the upload up', async () => {
    const name = `${registry.host}/app:v1`;
    await build(name, [{ a: randomBytes(32 << 20) }]);
    const abort = new AbortController();
    const report: PushRequest['report'] = ({ progressDetail }) => {
      if (progressDetail?.current !== undefined) abort.abort();
    };
    await expect(push(name, { signal: abort.signal, report })).rejects.toMatchObject({ kind: 'cancelled' });
    expect(registry.pushed.size).toBe(0);
    await expect.poll(() => registry.uploads.unfinished).toBe(0);
  });

  it('sends no damaged layer under a digest of its own', async () => {
    const name = `${registry.host}/app:v1`;
    const { layers } = await build(name, [{ a: '1' }]);
    await damage(layers[0]!);
    await expect(push(name)).rejects.toMatchObject({ code: 'blob-corrupt' });
    expect(registry.uploads.held.size).toBe(0);
  });
});

async function damage(digest: string): Promise<void> {
  await using file = await open(join(root, 'layout/blobs/sha256', digest.slice(7)), 'r+');
  await file.write(Buffer.from('!'), 0, 1, 0);
}
