import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyConfig } from '../../core/image/config.ts';
import { type DiffId, digestHex, type ImageId } from '../../core/image/digest.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { openBlobStore } from '../store/blobs.ts';
import type { Image, ImageStore, ImageUser } from './image-store.ts';
import { openImageStore } from './local-images.ts';
import { layerTar, RememberingSnapshotter } from './remembering.test-support.ts';

let root: string;
let blobs: BlobStore;
let snapshotter: RememberingSnapshotter;
let images: ImageStore;
let users: ImageUser[];
let events: string[];
let now: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-images-'));
  blobs = await openBlobStore(join(root, 'layout'));
  snapshotter = new RememberingSnapshotter();
  users = [];
  events = [];
  now = '2026-01-02T00:00:00.000Z';
  images = await open();
});

afterEach(() => rm(root, { recursive: true, force: true }));

function open(): Promise<ImageStore> {
  return openImageStore({
    root: join(root, 'metadata'),
    blobs,
    snapshotter,
    publish: (action, id, attributes) => events.push(`${action} ${attributes.name ?? id}`),
    users: () => users,
    now: () => new Date(now),
  });
}

async function addLayer(files: Record<string, string>): Promise<DiffId> {
  const { digest } = await blobs.put(layerTar(files));
  return (await images.addLayer(digest)).diffId;
}

async function build(layers: readonly DiffId[], options: { parent?: ImageId; created?: string } = {}): Promise<Image> {
  return images.create({
    config: {
      created: options.created ?? '2026-01-01T00:00:00Z',
      author: undefined,
      architecture: 'amd64',
      os: 'linux',
      variant: undefined,
      'os.version': undefined,
      config: { ...emptyConfig(), Cmd: ['sh'], Labels: { a: 'b' } },
      history: [
        ...layers.map((_, i) => ({
          created: '2026-01-01T00:00:00Z',
          created_by: `COPY ${i}`,
          author: undefined,
          comment: '',
          empty_layer: false,
        })),
        { created: undefined, created_by: 'CMD ["sh"]', author: undefined, comment: '', empty_layer: true },
      ],
      container: undefined,
      container_config: undefined,
      docker_version: undefined,
    },
    layers,
    parent: options.parent,
  });
}

describe('an image', () => {
  it('is found by reference, ID, short ID and digest-shaped ID, and by nothing else', async () => {
    const image = await build([await addLayer({ a: '1' })]);
    await images.tag(image.id, 'app');
    for (const name of ['app', 'app:latest', 'docker.io/library/app', image.id, digestHex(image.id).slice(0, 12)]) {
      expect(images.resolve(name).id).toBe(image.id);
    }
    expect(() => images.resolve('other')).toThrow('No such image: other:latest');
    expect(() => images.resolve('App!')).toThrow('invalid reference format');
  });

  it('is the same after the store is opened again', async () => {
    const image = await build([await addLayer({ a: '1' })]);
    await images.tag(image.id, 'app:v1');
    images = await open();
    expect(images.resolve('app:v1')).toEqual(image);
    expect(images.inspect('app:v1')).toMatchObject({
      Id: image.id,
      RepoTags: ['app:v1'],
      RepoDigests: [],
      Size: 1,
      Config: { Cmd: ['sh'], Env: null, Labels: { a: 'b' } },
      Metadata: { LastTagTime: '2026-01-02T00:00:00.000Z' },
    });
  });

  it('is written nowhere when it is given a tag that it has, and wherever it is needed when it is given another', async () => {
    const [image, other] = [await build([await addLayer({ a: '1' })]), await build([await addLayer({ a: '2' })])];
    await images.tag(image.id, 'app');
    const paths = ['layout/index.json', 'metadata/references.json', `metadata/images/${digestHex(image.id)}.json`];
    const written = (): Promise<string[]> =>
      Promise.all(
        paths.map(async (path) => {
          const { ino, ctimeNs } = await stat(join(root, path), { bigint: true });
          return `${ino} ${ctimeNs}`;
        }),
      );
    const before = await written();
    events = [];
    now = '2026-01-03T00:00:00.000Z';
    await images.tag(image.id, 'app');
    expect(await written()).toEqual(before);
    expect(events).toEqual(['tag app:latest']);
    expect(images.inspect('app')).toMatchObject({ Metadata: { LastTagTime: now } });
    await images.tag(other.id, 'app');
    await images.tag(image.id, 'app');
    expect(await blobs.index()).toContainEqual(
      expect.objectContaining({
        digest: image.manifest,
        annotations: { 'org.opencontainers.image.ref.name': 'app:latest' },
      }),
    );
    images = await open();
    expect(images.inspect('app')).toMatchObject({ Id: image.id, Metadata: { LastTagTime: now } });
  });

  it('tells its history, newest first, with the size of each step', async () => {
    const image = await build([await addLayer({ a: '123' }), await addLayer({ b: '12' })]);
    await images.tag(image.id, 'app');
    expect(images.history('app').map(({ CreatedBy, Size, Id, Tags }) => [CreatedBy, Size, Id, Tags])).toEqual([
      ['CMD ["sh"]', 0, image.id, ['app:latest']],
      ['COPY 1', 2, '<missing>', null],
      ['COPY 0', 3, '<missing>', null],
    ]);
  });

  it('tells in its history of the images that it stands on', async () => {
    const layer = await addLayer({ a: '1' });
    const base = await build([layer]);
    await images.tag(base.id, 'base');
    const app = await build([layer, await addLayer({ b: '1' })], { parent: base.id });
    expect(images.history(app.id).map(({ Id, Tags }) => [Id, Tags])).toEqual([
      [app.id, null],
      [base.id, ['base:latest']],
      ['<missing>', null],
    ]);
  });

  it('is offered in the layout under its names', async () => {
    const image = await build([await addLayer({ a: '1' })]);
    await images.tag(image.id, 'app');
    expect(await blobs.index()).toMatchObject([
      { digest: image.manifest, annotations: { 'org.opencontainers.image.ref.name': 'app:latest' } },
    ]);
  });

  it('is unpacked layer upon layer, once', async () => {
    const image = await build([await addLayer({ a: '1' }), await addLayer({ b: '1' })]);
    const [top] = await Promise.all([images.unpack(image), images.unpack(image)]);
    expect(top).toBe(image.chain[1]);
    expect([...snapshotter.parents]).toEqual([
      [image.chain[0], undefined],
      [image.chain[1], image.chain[0]],
    ]);
  });

  it('says that a blob is corrupt when it is unpacked, and leaves no snapshot', async () => {
    const { digest } = await blobs.put(gzipSync(layerTar({ a: 'x'.repeat(5000) })));
    const { diffId } = await images.addLayer(digest);
    const image = await build([diffId]);
    const file = join(root, 'layout/blobs/sha256', digestHex(digest));
    const bytes = await readFile(file);
    bytes[40]! ^= 0xff;
    await writeFile(file, bytes);
    await expect(images.unpack(image)).rejects.toMatchObject({ code: 'blob-corrupt', subject: digest });
    expect(snapshotter.parents.size).toBe(0);
  });

  it('whose layer is gone is told of when it is asked for', async () => {
    const layer = await addLayer({ a: '1' });
    const image = await build([layer]);
    await images.tag(image.id, 'app');
    await blobs.delete(images.layer(layer)!.blob);
    images = await open();
    expect(() => images.resolve('app')).toThrow('is not in the image store: pull or build the image again');
    expect(images.list()).toEqual([]);
  });
});

describe('a list', () => {
  it('has what the filters want, newest first', async () => {
    const layer = await addLayer({ a: '1' });
    const old = await build([layer], { created: '2026-01-01T00:00:00Z' });
    const recent = await build([layer], { created: '2026-02-01T00:00:00Z' });
    await images.tag(old.id, 'old:v1');
    const ids = (filters: [string, string[]][]) => images.list({ filters: new Map(filters) }).map(({ Id }) => Id);
    expect(ids([])).toEqual([recent.id, old.id]);
    expect(ids([['dangling', ['true']]])).toEqual([recent.id]);
    expect(ids([['dangling', ['false']]])).toEqual([old.id]);
    expect(ids([['since', ['old:v1']]])).toEqual([recent.id]);
    expect(ids([['before', [recent.id]]])).toEqual([old.id]);
    expect(ids([['reference', ['ol*']]])).toEqual([old.id]);
    expect(ids([['label', ['a=b']]])).toHaveLength(2);
    expect(ids([['label', ['a=c']]])).toEqual([]);
    expect(() => ids([['colour', ['x']]])).toThrow("invalid filter 'colour'");
  });

  it('compares times to the nanosecond, and takes a time itself', async () => {
    const layer = await addLayer({ a: '1' });
    const first = await build([layer], { created: '2026-01-01T00:00:00.000000001Z' });
    const second = await build([layer], { created: '2026-01-01T00:00:00.000000002Z' });
    const ids = (filters: [string, string[]][]) => images.list({ filters: new Map(filters) }).map(({ Id }) => Id);
    expect(ids([['before', [second.id]]])).toEqual([first.id]);
    expect(ids([['since', [first.id]]])).toEqual([second.id]);
    expect(ids([['until', ['2026-01-02']]])).toHaveLength(2);
    expect(ids([['until', ['1000']]])).toEqual([]);
    expect(() => ids([['until', ['never']]])).toThrow('until=never');
  });

  it('counts what images have in common where that is asked for', async () => {
    const shared = await addLayer({ a: '12345' });
    const base = await build([shared]);
    const app = await build([shared, await addLayer({ b: '12' })]);
    const alone = await build([await addLayer({ c: '1' })]);
    const sizes = new Map(images.list({ sizes: 'shared' }).map(({ Id, Size, SharedSize }) => [Id, [Size, SharedSize]]));
    expect(sizes).toEqual(
      new Map([
        [base.id, [5, 5]],
        [app.id, [7, 5]],
        [alone.id, [1, 0]],
      ]),
    );
    expect(images.imagesSize).toBe(8);
    expect(images.list()[0]?.SharedSize).toBe(-1);
  });

  it('leaves out parents unless all are wanted', async () => {
    const layer = await addLayer({ a: '1' });
    const parent = await build([layer]);
    const child = await build([layer, await addLayer({ b: '1' })], { parent: parent.id });
    expect(images.list().map(({ Id }) => Id)).toEqual([child.id]);
    expect(images.list({ all: true })).toHaveLength(2);
  });
});

describe('a removal', () => {
  it('takes the last reference, the image and its layers, but not what others share', async () => {
    const shared = await addLayer({ a: '1' });
    const own = await addLayer({ b: '1' });
    const base = await build([shared]);
    const app = await build([shared, own]);
    await images.tag(base.id, 'base');
    await images.tag(app.id, 'app');
    await images.tag(app.id, 'app:v2');
    await images.unpack(app);
    expect(await images.remove('app:v2')).toEqual([{ Untagged: 'app:v2' }]);
    expect(await images.remove('app')).toEqual([
      { Untagged: 'app:latest' },
      { Deleted: app.id },
      { Deleted: app.chain[1] },
    ]);
    expect(images.layer(own)).toBeUndefined();
    expect(images.layer(shared)).toBeDefined();
    expect([...snapshotter.parents.keys()]).toEqual([base.chain[0]]);
    await images.remove('base');
    expect(await blobs.list()).toEqual([]);
    expect(await blobs.index()).toEqual([]);
    expect(snapshotter.parents.size).toBe(0);
    expect(events.slice(-2)).toEqual([`untag ${base.id}`, `delete ${base.id}`]);
  });

  it('is refused in dockerd’s words while containers use it or several names have it', async () => {
    const image = await build([await addLayer({ a: '1' })]);
    const short = digestHex(image.id).slice(0, 12);
    await images.tag(image.id, 'app');
    users = [{ containerId: 'c'.repeat(64), running: false }];
    await expect(images.remove('app')).rejects.toThrow(
      `conflict: unable to remove repository reference "app" (must force) - container cccccccccccc is using its referenced image ${short}`,
    );
    users = [{ containerId: 'c'.repeat(64), running: true }];
    await expect(images.remove(short, { force: true })).rejects.toThrow(
      `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container cccccccccccc`,
    );
    users = [];
    await images.tag(image.id, 'other');
    await expect(images.remove(short)).rejects.toThrow(
      `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    );
    await images.remove(short, { force: true });
    expect(images.list()).toEqual([]);
  });

  it('with force under a running container takes the name only', async () => {
    const image = await build([await addLayer({ a: '1' })]);
    await images.tag(image.id, 'app');
    users = [{ containerId: 'c'.repeat(64), running: true }];
    expect(await images.remove('app', { force: true })).toEqual([{ Untagged: 'app:latest' }]);
    expect(images.get(image.id)).toBeDefined();
  });

  it('by pruning takes what has no name, and only that', async () => {
    const layer = await addLayer({ a: '1' });
    const named = await build([layer]);
    await images.tag(named.id, 'app');
    const nameless = await build([layer, await addLayer({ b: '1234' })]);
    const { removed, reclaimed } = await images.prune(new Map());
    expect(removed).toContainEqual({ Deleted: nameless.id });
    expect(reclaimed).toBe(4);
    expect(images.list().map(({ Id }) => Id)).toEqual([named.id]);
  });

  it('by pruning takes what the filters want: all without a container, by age, by label', async () => {
    const make = async (created: string, name: string) => {
      const image = await build([await addLayer({ [name]: '1' })], { created });
      await images.tag(image.id, name);
      return image;
    };
    await make('2026-01-01T00:00:00Z', 'old');
    await make('2026-01-01T23:00:00Z', 'new');
    const prune = async (...filters: [string, string[]][]) => {
      const { removed } = await images.prune(new Map(filters));
      return removed.flatMap((row) => ('Untagged' in row ? row.Untagged : []));
    };
    expect(await prune(['dangling', ['false']], ['label!', ['a']])).toEqual([]);
    expect(await prune(['dangling', ['false']], ['label', ['a=c']])).toEqual([]);
    expect(await prune(['dangling', ['0']], ['until', ['12h']])).toEqual(['old:latest']);
    await expect(prune(['colour', ['x']])).rejects.toThrow("invalid filter 'colour'");
    await expect(prune(['dangling', ['maybe']])).rejects.toThrow("invalid filter 'dangling=maybe'");
    expect(await prune(['dangling', ['false']], ['label', ['a=b']])).toEqual(['new:latest']);
    expect(events.at(-1)).toMatch(/^prune/);
  });

  it('keeps layers that are held', async () => {
    const layer = await addLayer({ a: '1' });
    const image = await build([layer]);
    const hold = images.hold([layer]);
    await images.remove(image.id);
    expect(images.layer(layer)).toBeDefined();
    hold[Symbol.dispose]();
    expect(await images.recover()).toContain(`removed layer ${layer}`);
    expect(await blobs.list()).toEqual([]);
  });
});

describe('a layer listing', () => {
  it('tells what each layer adds, changes and deletes, and what is wasted as dive counts', async () => {
    const image = await build([
      await addLayer({ 'etc/a': '1111', 'etc/b': '22', 'dir/c': '333' }),
      await addLayer({ 'etc/a': '11', 'etc/.wh.b': '', 'dir/.wh..wh..opq': '', 'dir/d': '4' }),
    ]);
    const listing = await images.layers(image.id);
    expect(
      listing.rows.map(({ instruction, bytes, fileCount, wasted }) => [instruction, bytes, fileCount, wasted]),
    ).toEqual([
      ['COPY 0', 9, 3, 9],
      ['COPY 1', 3, 4, 0],
      ['CMD ["sh"]', 0, undefined, undefined],
    ]);
    expect(listing.rows[0]?.files).toEqual([
      { path: 'etc/a', bytes: 4, change: 'added', hidden: 'overwritten' },
      { path: 'etc/b', bytes: 2, change: 'added', hidden: 'deleted' },
      { path: 'dir/c', bytes: 3, change: 'added', hidden: 'deleted' },
    ]);
    expect(listing.rows[1]?.files).toEqual([
      { path: 'etc/b', bytes: 2, change: 'deleted' },
      { path: 'dir/c', bytes: 3, change: 'deleted' },
      { path: 'etc/a', bytes: 2, change: 'modified' },
      { path: 'dir/d', bytes: 1, change: 'added' },
    ]);
    // a: 4 + 2, b: 2 + 2, c: 3 + 3, d: 1
    expect(listing.wastedBytes).toBe(16);
    expect(listing.efficiency).toBeCloseTo((2 + 2 + 3 + 1) / 17);
    expect(await images.layers(image.id)).toEqual(listing);
  });
});
