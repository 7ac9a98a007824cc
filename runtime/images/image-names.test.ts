import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { emptyConfig } from '../../core/image/config.ts';
import type { ImageId } from '../../core/image/digest.ts';
import { parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { openBlobStore } from '../store/blobs.ts';
import type { Image, ImageStore, ImageUser } from './image-store.ts';
import { openImageStore } from './local-images.ts';
import { layerTar, RememberingSnapshotter } from './remembering.test-support.ts';

let root: string;
let blobs: BlobStore;
let images: ImageStore;
let users: (id: ImageId) => ImageUser[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-names-'));
  blobs = await openBlobStore(join(root, 'layout'));
  users = () => [];
  images = await open();
});
afterEach(() => rm(root, { recursive: true, force: true }));

function open(): Promise<ImageStore> {
  return openImageStore({
    root: join(root, 'metadata'),
    blobs,
    snapshotter: new RememberingSnapshotter(),
    publish: () => undefined,
    users: (id) => users(id),
    platform: { os: 'linux', architecture: 'amd64' },
  });
}

async function imageFor(architecture: string, content = architecture): Promise<Image> {
  const { digest } = await blobs.put(layerTar({ a: content }));
  const { diffId } = await images.addLayer(digest);
  return images.create({
    config: {
      created: '2026-01-01T00:00:00Z',
      author: undefined,
      architecture,
      os: 'linux',
      variant: undefined,
      'os.version': undefined,
      config: emptyConfig(),
      history: [],
      container: undefined,
      container_config: undefined,
      docker_version: undefined,
    },
    layers: [diffId],
  });
}

function reference(text: string): Reference {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return withDefaultTag(parsed.reference);
}

const s390x = { os: 'linux', architecture: 's390x' };
const dangling = () => images.list({ filters: new Map([['dangling', ['true']]]) }).map(({ Id }) => Id);

it('a name of several platforms means this machine’s, wherever it stands, and the others where they are asked for', async () => {
  const [other, own] = [await imageFor('s390x'), await imageFor('amd64')];
  await images.combine([other.id, own.id], [reference('app')]);
  await images.tag('app', 'also');
  for (const store of [images, await open()]) {
    for (const name of ['app', 'also']) {
      expect(store.resolve(name).id).toBe(own.id);
      expect(store.resolve(name, s390x).id).toBe(other.id);
      expect(() => store.resolve(name, { os: 'linux', architecture: 'arm64' })).toThrow(
        `image with reference ${name} was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64`,
      );
    }
    expect(store.list().map(({ RepoTags }) => RepoTags)).toEqual([['also:latest', 'app:latest']]);
    expect(await store.recover()).toEqual([]);
  }
  expect((await blobs.index()).map(({ digest }) => digest)).toEqual(Array(2).fill(images.platforms('app')!.digest));
});

it('without this machine’s the first is meant; of one image only no index is made', async () => {
  const [first, second] = [await imageFor('s390x'), await imageFor('arm64')];
  await images.combine([first.id, second.id], [reference('app')]);
  expect(images.resolve('app').id).toBe(first.id);
  await images.combine([second.id], [reference('app')]);
  expect(images.platforms('app')).toBeUndefined();
  expect(images.resolve('app').id).toBe(second.id);
});

it('what a name no longer means becomes an image without a name, and the index goes', async () => {
  const [own, other] = [await imageFor('amd64'), await imageFor('s390x')];
  await images.combine([own.id, other.id], [reference('app')]);
  const { digest } = images.platforms('app')!;
  expect(dangling()).toEqual([]);
  expect((await images.prune(new Map())).removed).toEqual([]);
  await images.tag(own.id, 'app');
  expect(await blobs.has(digest)).toBe(false);
  expect(dangling()).toEqual([other.id]);
  expect((await images.prune(new Map())).removed).toContainEqual({ Deleted: other.id });
});

it('images of other platforms go with the last name that means them', async () => {
  const [own, other] = [await imageFor('amd64'), await imageFor('s390x')];
  await images.combine([own.id, other.id], [reference('app')]);
  await images.tag('app', 'also');
  await expect(images.remove(other.id, { force: true })).rejects.toThrow('a name means it for its platform');
  await images.remove('app');
  expect(images.resolve('also', s390x).id).toBe(other.id);
  expect(await images.remove('also')).toEqual(
    expect.arrayContaining([{ Untagged: 'also:latest' }, { Deleted: own.id }, { Deleted: other.id }]),
  );
  expect(await blobs.list()).toEqual([]);
});

it('pruning all leaves a name whose other platform a container uses', async () => {
  const [own, other] = [await imageFor('amd64'), await imageFor('s390x')];
  await images.combine([own.id, other.id], [reference('app')]);
  users = (id) => (id === other.id ? [{ containerId: 'c', running: true }] : []);
  const all = new Map([['dangling', ['false']]]);
  expect((await images.prune(all)).removed).toEqual([]);
  users = () => [];
  await images.prune(all);
  expect(await blobs.list()).toEqual([]);
});

it('an image joins those of other platforms, in the place of its own', async () => {
  const [own, other] = [await imageFor('amd64'), await imageFor('s390x')];
  await images.join(own.id, [reference('app')]);
  expect(images.platforms('app')).toBeUndefined();
  await images.join(other.id, [reference('app')]);
  const newer = await imageFor('s390x', 'newer');
  await images.join(newer.id, [reference('app')]);
  expect(images.platforms('app')!.images.map(({ id }) => id)).toEqual([own.id, newer.id]);
  expect(dangling()).toEqual([other.id]);
});
