// Garbage collection beside everything that brings and removes images at the same time.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../core/disk/sha256.ts';
import { emptyConfig, encodeImageConfig, type ImageConfig } from '../../core/image/config.ts';
import { asDiffId, chainIds, configDigest, type DiffId } from '../../core/image/digest.ts';
import { parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { EngineError } from '../errors.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import { openVfsSnapshotter } from '../snapshots/vfs.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { openBlobStore } from '../store/blobs.ts';
import type { ImageStore } from './image-store.ts';
import { openImageStore } from './local-images.ts';
import { layerTar } from './remembering.test-support.ts';

let root: string;
let blobs: BlobStore;
let snapshotter: Snapshotter;
let images: ImageStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-collection-'));
  blobs = await openBlobStore(join(root, 'images'));
  snapshotter = await openVfsSnapshotter(join(root, 'snapshots'));
  images = await open();
});

afterEach(() => rm(root, { recursive: true, force: true }));

function open(): Promise<ImageStore> {
  return openImageStore({ root: join(root, 'images'), blobs, snapshotter, publish: () => undefined, users: () => [] });
}

const LAYERS = Array.from({ length: 5 }, (_, n) => layerTar({ [`f${n}`]: `content of ${n}`.repeat(1000) }));
const DIFF_IDS = LAYERS.map((tar) => asDiffId(sha256(tar)));
const tarOf = (diffId: DiffId): Buffer => LAYERS[DIFF_IDS.indexOf(diffId)]!;

function configOf(layers: readonly DiffId[]): Omit<ImageConfig, 'rootfs'> {
  return {
    created: '2026-01-01T00:00:00Z',
    author: undefined,
    architecture: 'amd64',
    os: 'linux',
    variant: undefined,
    'os.version': undefined,
    config: emptyConfig(),
    history: layers.map((_, i) => ({
      created: undefined,
      created_by: `COPY ${i}`,
      author: undefined,
      comment: '',
      empty_layer: false,
    })),
    container: undefined,
    container_config: undefined,
    docker_version: undefined,
  };
}

function referenceOf(name: string): Reference {
  const parsed = parseReference(name);
  if (!parsed.ok) throw new Error(parsed.problem);
  return withDefaultTag(parsed.reference);
}

/** Numbers that are the same at every run (a linear congruence). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** As the puller does it: what is here is not fetched, the layers are unpacked one over the other. */
async function pull(layers: readonly DiffId[], name: string, fails: boolean): Promise<void> {
  const config = Buffer.from(
    encodeImageConfig({ ...configOf(layers), rootfs: { type: 'layers', diff_ids: [...layers] } }),
  );
  const pin = blobs.pin(layers.map((diffId) => configDigest(diffId as never)));
  try {
    const { digest } = await blobs.put(config, { pin });
    const held = images.hold(layers);
    try {
      for (const [i, diffId] of layers.entries()) {
        const known = images.layer(diffId);
        if (known === undefined && !(await blobs.has(diffId as never))) await blobs.put(tarOf(diffId), { pin });
        await images.addLayer(known?.blob ?? (diffId as never), { diffId, over: layers.slice(0, i) });
      }
      if (fails) throw new EngineError('unavailable', { code: 'test', message: 'the connection broke' });
      await images.register({ config: digest, layers, references: [referenceOf(name)] });
    } catch (error) {
      held[Symbol.dispose]();
      await images.discard(layers);
      throw error;
    } finally {
      held[Symbol.dispose]();
    }
  } finally {
    pin[Symbol.dispose]();
    await images.collect(pin.digests);
  }
}

/** As the builder does it. */
async function build(layers: readonly DiffId[], name: string): Promise<void> {
  const holds: Disposable[] = [];
  try {
    for (const diffId of layers) {
      using pin = blobs.pin();
      const { digest } = await blobs.put(tarOf(diffId), { pin });
      holds.push(images.hold([asDiffId(digest)]));
      await images.addLayer(digest, { diffId });
    }
    await images.create({ config: configOf(layers), layers, references: [referenceOf(name)] });
  } finally {
    for (const held of holds) held[Symbol.dispose]();
  }
}

/** Each image's blobs have their digests, each snapshot its files, and nothing is there that no image needs. */
async function check(store: ImageStore): Promise<void> {
  const needed = new Set<string>();
  const chains = new Set<string>();
  for (const { Id } of store.list({ all: true })) {
    const image = store.get(Id)!;
    for (const digest of [image.manifest, configDigest(Id), ...image.layers.map(({ blob }) => blob)]) {
      await blobs.read(digest);
      needed.add(digest);
    }
    await store.unpack(image);
    for (const chain of image.chain) chains.add(chain);
    const top = image.chain.at(-1)!;
    const names = (await readdir(await snapshotter.view('look', top))).sort();
    await snapshotter.unmount('look');
    expect(names).toEqual(image.layers.map(({ diffId }) => `f${DIFF_IDS.indexOf(diffId)}`).sort());
  }
  expect(new Set((await blobs.list()).map(({ digest }) => digest as string))).toEqual(needed);
  expect(new Set((await snapshotter.list()).committed as readonly string[])).toEqual(chains);
}

const EXPECTED = new Set(['not-found', 'unavailable', 'conflict']);

test.each([1, 2])(
  'pulls, builds, removals and prunes at the same time lose nothing and leave nothing (%i)',
  async (seed) => {
    const next = numbers(seed);
    const stack = (): DiffId[] => DIFF_IDS.slice(0, 1 + next(DIFF_IDS.length));
    const name = (): string => `image${next(4)}`;
    const done = new Map<string, number>();
    const actor = async (): Promise<void> => {
      for (let round = 0; round < 20; round++) {
        const what = (['pull', 'broken pull', 'build', 'remove', 'remove', 'prune'] as const)[next(6)]!;
        try {
          if (what === 'pull') await pull(stack(), name(), false);
          else if (what === 'broken pull') await pull(stack(), name(), true);
          else if (what === 'build') await build(stack(), name());
          else if (what === 'remove') await images.remove(name(), { force: true });
          else await images.prune(new Map([['dangling', [String(next(2) === 0)]]]));
          done.set(what, (done.get(what) ?? 0) + 1);
        } catch (error) {
          if (!(error instanceof EngineError) || !EXPECTED.has(error.kind) || error.code === 'blob-missing')
            throw error;
          // Only a pull that was made to fail may fail.
          expect({ what, code: error.code }).not.toMatchObject({ what: 'pull' });
          expect({ what, code: error.code }).not.toMatchObject({ what: 'build' });
        }
        await setImmediate();
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: 6 }, actor));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    expect(done.get('pull')).toBeGreaterThan(5);
    await images.discard(DIFF_IDS);
    await check(images);
    images = await open();
    const before = images.list().length;
    expect(await images.recover()).toEqual([]);
    expect(images.list()).toHaveLength(before);
    await check(images);
    for (const { Id } of images.list({ all: true })) await images.remove(Id, { force: true });
    expect(await blobs.list()).toEqual([]);
    expect((await snapshotter.list()).committed).toEqual([]);
  },
  60_000,
);

test('a chain that was held when its image went is removed by the next to clear up', async () => {
  const layers = DIFF_IDS.slice(0, 3);
  await pull(layers, 'app', false);
  const held = images.hold(layers);
  await images.remove('app');
  expect((await snapshotter.list()).committed).toHaveLength(3);
  expect(chainIds(layers, sha256)).toHaveLength(3);
  held[Symbol.dispose]();
  await pull(DIFF_IDS.slice(0, 1), 'other', false);
  await images.remove('other');
  expect((await snapshotter.list()).committed).toEqual([]);
  expect(await blobs.list()).toEqual([]);
});
