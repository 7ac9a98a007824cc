import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../core/disk/sha256.ts';
import { DEFAULT_LIMITS } from '../archive/limits.ts';
import { encodePaxRecord } from '../archive/pax.ts';
import { paddingOf, type TarEntry, tarEntry } from '../archive/tar-entry.ts';
import { encodeHeader } from '../archive/tar-header.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../archive/tar-writer.ts';
import { chooseSnapshotter } from '../snapshots/choose.ts';
import { openBlobStore } from '../store/blobs.ts';
import { loadArchive } from './load-archive.ts';
import { openImageStore } from './local-images.ts';

// Archives that mean harm, or are broken: each is refused with an error that names its entry, writes nothing outside, and
// leaves nothing behind.

let folder: string;
/** Beside the store: where a way out would lead. */
let outside: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-hostile-'));
  outside = join(folder, 'outside');
  await mkdir(outside);
  await writeFile(join(outside, 'canary'), 'alive');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const file = (name: string | Buffer, content: string | Buffer = 'x'): Buffer => {
  const data = Buffer.from(content as string);
  return Buffer.concat([
    encodeEntry(tarEntry({ name, size: data.length })),
    data,
    Buffer.alloc(paddingOf(data.length)),
  ]);
};
const special = (type: TarEntry['type'], name: string, linkname = ''): Buffer =>
  encodeEntry(tarEntry({ name, type, linkname, device: { major: 8, minor: 0 } }));
const tar = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, END_OF_ARCHIVE]);
const metadata = (flag: string, data: Buffer, size = data.length): Buffer => {
  const numbers = { mode: 0o644, uid: 0, gid: 0, mtime: 0, linkname: Buffer.alloc(0), major: 0, minor: 0 };
  const head = encodeHeader({ ...numbers, name: Buffer.from('meta'), flag, size });
  return Buffer.concat([head, data, Buffer.alloc(paddingOf(data.length))]);
};
const pax = (keyword: string, value: string | Buffer): Buffer =>
  metadata('x', encodePaxRecord(keyword, Buffer.from(value as string)));

/** What `docker save` would write of an image with these layers; `packed` stand in for them in the archive. */
function saved(layers: readonly Buffer[], packed: readonly Buffer[] = layers, ...more: readonly Buffer[]): Buffer {
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map((each) => sha256(each)) },
  });
  const names = packed.map((_, i) => `${i}/layer.tar`);
  return tar(
    ...packed.map((each, i) => file(names[i]!, each)),
    file('config.json', config),
    file('manifest.json', JSON.stringify([{ Config: 'config.json', RepoTags: ['evil:1'], Layers: names }])),
    ...more,
  );
}

const layerOf = (...parts: readonly Buffer[]): Buffer => saved([tar(file('first'), ...parts)]);
const LAYER = tar(file('a'));

interface Layout {
  readonly manifest?: (manifest: { config: object; layers: object[] }) => object;
  readonly blobs?: (config: Buffer, manifest: Buffer) => readonly Buffer[];
  readonly index?: (manifest: Buffer) => object;
}

const describeBlob = (data: Buffer, mediaType = 'application/vnd.oci.image.manifest.v1+json') => ({
  mediaType,
  digest: sha256(data),
  size: data.length,
});
const blob = (data: Buffer, name: string = sha256(data)): Buffer => file(`blobs/${name.replace(':', '/')}`, data);

/** An OCI layout of one image, of which a part is changed. */
function layout({ manifest = (each) => each, blobs, index }: Layout): Buffer {
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [sha256(LAYER)] } }),
  );
  const whole = {
    config: describeBlob(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [describeBlob(LAYER, 'application/vnd.oci.image.layer.v1.tar')],
  };
  const text = Buffer.from(JSON.stringify({ schemaVersion: 2, ...manifest(whole) }));
  const list = index?.(text) ?? { schemaVersion: 2, manifests: [describeBlob(text)] };
  return tar(
    ...(blobs?.(config, text) ?? [blob(config), blob(LAYER), blob(text)]),
    file('index.json', JSON.stringify(list)),
    file('oci-layout', '{"imageLayoutVersion":"1.0.0"}'),
  );
}

/** An index of an index of an index…, as blobs and the descriptor of the outermost. */
function nested(manifest: Buffer, depth: number): { blobs: Buffer[]; top: object } {
  const blobs: Buffer[] = [];
  let top = { ...describeBlob(manifest), platform: { os: 'linux', architecture: 'amd64' } };
  for (let i = 0; i < depth; i++) {
    const type = 'application/vnd.oci.image.index.v1+json';
    const data = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, manifests: [top] }));
    blobs.push(blob(data));
    top = { ...describeBlob(data, type), platform: { os: 'linux', architecture: 'amd64' } };
  }
  return { blobs, top };
}

const first = (id: string, parent?: string): Buffer => file(`${id}/json`, JSON.stringify({ id, parent, os: 'linux' }));

/** What it is, the archive, what the error must say; limits where they are lower than usual. */
type Case = readonly [
  what: string,
  archive: () => Buffer,
  says: string | RegExp,
  limits?: Partial<typeof DEFAULT_LIMITS>,
];

const ARCHIVES: readonly Case[] = [
  ['an absolute name', () => tar(file('/outside/evil')), '"/outside/evil" lies outside'],
  ['a name above the archive', () => tar(file('../outside/evil')), '"../outside/evil" lies outside'],
  ['a name that climbs out on its way', () => tar(file('a/../../outside/evil')), '"a/../../outside/evil" lies outside'],
  [
    'an absolute symbolic link',
    () => saved([LAYER], [], special('symlink', '0/layer.tar', '/etc/passwd')),
    '0/layer.tar',
  ],
  [
    'a symbolic link out',
    () => tar(special('symlink', 'l/layer.tar', '../../outside/canary')),
    '"l/layer.tar" links to',
  ],
  ['a hard link out', () => tar(special('hardlink', 'layer.tar', '../outside/canary')), '"layer.tar" links to'],
  ['an absolute hard link', () => tar(special('hardlink', 'layer.tar', '/etc/passwd')), '"layer.tar" links to'],
  [
    'links in a circle',
    () => saved([LAYER], [], special('symlink', 'x', 'y'), special('symlink', 'y', 'x'), file('m')),
    /config|manifest/,
  ],
  [
    'a manifest that is a link to itself',
    () => tar(special('symlink', 'manifest.json', 'manifest.json')),
    '"manifest.json" is a link that leads nowhere',
  ],
  ['a device as its manifest', () => tar(special('character', 'manifest.json')), '"manifest.json" is a character'],
  ['a disk as its layer', () => tar(special('block', '0/layer.tar')), '"0/layer.tar" is a block'],
  ['a pipe as its layer', () => tar(special('fifo', '0/layer.tar')), '"0/layer.tar" is a fifo'],
  ['two manifests', () => saved([LAYER], [LAYER], file('manifest.json', '[]')), '"manifest.json" is in it twice'],
  [
    'a layer that is a file and a link',
    () => saved([LAYER], [LAYER], special('symlink', '0/layer.tar', 'config.json')),
    '"0/layer.tar" is in it twice',
  ],
  [
    'an end in the middle of a layer',
    () => saved([tar(file('big', Buffer.alloc(9000)))]).subarray(0, 4000),
    /ends in the middle.*"0\/layer.tar"/,
  ],
  ['an end in a header', () => saved([LAYER]).subarray(0, 512 * 5 + 100), /ends in the middle.*"0\/layer.tar"/],
  ['a header with a wrong checksum', () => tar(file('good'), Buffer.alloc(512, 0x41)), /damaged.*"good"/],
  ['a huge extended header', () => tar(file('good'), pax('comment', 'x'.repeat(2 << 20))), /extended headers.*"good"/],
  [
    'extended headers without end',
    () => tar(file('good'), ...Array.from({ length: 3 }, () => pax('comment', 'x'.repeat(500_000)))),
    /extended headers.*"good"/,
  ],
  [
    'a long name of megabytes',
    () => tar(file('good'), metadata('L', Buffer.alloc(2 << 20, 0x61))),
    /extended headers.*"good"/,
  ],
  [
    'a global header of megabytes',
    () => tar(file('good'), metadata('g', encodePaxRecord('a', Buffer.alloc(2 << 20, 0x61)))),
    /extended headers.*"good"/,
  ],
  ['a negative size', () => tar(file('good'), pax('size', '-5'), file('bad')), /broken size/],
  ['a size that is no number', () => tar(file('good'), pax('size', '1e99'), file('bad')), /broken size/],
  [
    'a size beyond everything',
    () => tar(file('good'), pax('size', String(2 ** 52)), file('bad')),
    '"bad" makes it larger',
  ],
  ['a name with a zero byte', () => tar(pax('path', 'a\0b'), file('bad')), 'zero byte'],
  [
    'more entries than the limit',
    () => tar(...Array.from({ length: 12 }, (_, i) => file(`f${i}`))),
    '"f10" is one entry more than 10',
    { archiveEntries: 10 },
  ],
  [
    'more bytes than the limit, packed small',
    () => gzipSync(tar(file('bomb', Buffer.alloc(4 << 20)))),
    '"bomb" makes it larger',
    { archiveBytes: 1 << 20 },
  ],
  ['a damaged compression', () => gzipSync(saved([LAYER])).subarray(0, 200), 'damaged'],
  [
    'a manifest that is no JSON',
    () => tar(file('manifest.json', '{')),
    '"manifest.json" is not what docker save writes',
  ],
  ['a manifest of other things', () => tar(file('manifest.json', '[{"Config":5}]')), '"manifest.json" is not what'],
  ['a manifest of nothing', () => tar(file('manifest.json', '[]')), '"manifest.json" is not what'],
  [
    'a manifest larger than the limit',
    () => tar(file('manifest.json', ' '.repeat(5000))),
    /"manifest.json".*5000 bytes, more than 1000/,
    { documentBytes: 1000 },
  ],
  [
    'a config that it does not hold',
    () => tar(file('manifest.json', '[{"Config":"c.json","Layers":[]}]')),
    '"c.json" is spoken of',
  ],
  [
    'a config outside',
    () => tar(file('manifest.json', '[{"Config":"../../outside/canary","Layers":[]}]')),
    '"../../outside/canary" lies outside',
  ],
  [
    'a config that is none',
    () => tar(file('c', '{"rootfs":3}'), file('manifest.json', '[{"Config":"c","Layers":[]}]')),
    'in "c"',
  ],
  ['a layer that it does not hold', () => saved([LAYER, LAYER], [LAYER]), '"config.json" tells of 2 layers'],
  [
    'more layers than the limit',
    () => saved(Array.from({ length: 4 }, (_, i) => tar(file(`f${i}`)))),
    '"config.json" has 4 layers, more than 3',
    { imageLayers: 3 },
  ],
  ['a layer with another digest', () => saved([LAYER], [tar(file('other'))]), /in "0\/layer.tar".*digest/],
  [
    'a blob with another digest',
    () => layout({ blobs: (c, m) => [blob(c), blob(tar(file('z')), sha256(LAYER)), blob(m)] }),
    /"blobs\/sha256\/[0-9a-f]{64}" has the digest/,
  ],
  [
    'a blob that is a link to another',
    () =>
      layout({
        blobs: (c, m) => [
          blob(c),
          special('symlink', `blobs/${sha256(LAYER).replace(':', '/')}`, 'x'),
          file('blobs/sha256/x', 'z'),
          blob(m),
        ],
      }),
    /"blobs\/sha256\/[0-9a-f]{64}" has the digest/,
  ],
  [
    'a layer with another size',
    () => layout({ manifest: ({ config, layers }) => ({ config, layers: [{ ...layers[0], size: 1 }] }) }),
    /has \d+ bytes, but is said to have 1$/,
  ],
  [
    'a config that the layout does not hold',
    () => layout({ blobs: (_, m) => [blob(LAYER), blob(m)] }),
    /"blobs\/sha256\/[0-9a-f]{64}" is spoken of/,
  ],
  ['an index that is no JSON', () => tar(file('index.json', 'x')), '"index.json" is not what an OCI image layout has'],
  [
    'indexes of indexes of indexes',
    () =>
      layout({
        blobs: (c, m) => [blob(c), blob(LAYER), blob(m), ...nested(m, 8).blobs],
        index: (m) => ({ schemaVersion: 2, manifests: [nested(m, 8).top] }),
      }),
    /is an index below 4 others/,
  ],
  [
    'an index that is its own part',
    () =>
      layout({
        index: () => ({
          manifests: [{ ...describeBlob(Buffer.from('loop')), platform: { os: 'linux', architecture: 'amd64' } }],
        }),
        blobs: () => [special('symlink', `blobs/${sha256('loop').replace(':', '/')}`, '../../index.json')],
      }),
    'has the digest',
  ],
  [
    'first-format layers that stand on each other',
    () =>
      tar(
        first('a', 'b'),
        file('a/layer.tar', LAYER),
        first('b', 'a'),
        file('b/layer.tar', LAYER),
        file('repositories', '{"evil":{"1":"a"}}'),
      ),
    '"a/json" stands on itself',
  ],
  [
    'a first-format layer whose parent is missing',
    () => tar(first('a', 'b'), file('a/layer.tar', LAYER), file('repositories', '{"evil":{"1":"a"}}')),
    '"b/json" is spoken of',
  ],
  [
    'a first-format layer outside',
    () => tar(file('repositories', '{"evil":{"1":"../outside"}}')),
    '"../outside/json" lies outside',
  ],
];

const LAYERS: readonly Case[] = [
  ['an absolute name', () => layerOf(file('/outside/evil')), '"/outside/evil" lies outside'],
  ['a name above the root', () => layerOf(file('../../outside/evil')), '"../../outside/evil" lies outside'],
  ['a name that climbs out on its way', () => layerOf(file('a/b/../../../outside/evil')), 'lies outside'],
  [
    'a file through a link that climbs out',
    () => layerOf(special('symlink', 'a/link', '../../../outside'), file('a/link/evil')),
    '"a/link/evil"',
  ],
  [
    'a file through a link out',
    () => layerOf(special('symlink', 'link', '/outside'), file('link/evil')),
    '"link/evil"',
  ],
  [
    'a directory through a link out',
    () => layerOf(special('symlink', 'link', '/outside'), special('directory', 'link/a/b')),
    '"link/a/b"',
  ],
  [
    'a device through a link out',
    () => layerOf(special('symlink', 'link', '/outside'), special('block', 'link/sda')),
    '"link/sda"',
  ],
  [
    'a deletion through a link out',
    () => layerOf(special('symlink', 'link', '/outside'), file('link/.wh.canary', '')),
    '"link/.wh.canary"',
  ],
  [
    'a hard link through one out',
    () => layerOf(special('symlink', 'link', '/outside'), file('f'), special('hardlink', 'link/f', 'f')),
    '"link/f"',
  ],
  ['a hard link that climbs out', () => layerOf(special('hardlink', 'stolen', '../../../outside/canary')), '"stolen"'],
  [
    'a hard link from the root on',
    () => layerOf(special('hardlink', 'stolen', '/etc/passwd')),
    '"stolen" is a hard link to "/etc/passwd"',
  ],
  [
    'a hard link through a symbolic one',
    () => layerOf(special('symlink', 'l', '/'), special('hardlink', 'stolen', 'l/etc/passwd')),
    '"stolen"',
  ],
  [
    'a deletion above the root',
    () => layerOf(file('../outside/.wh.canary', '')),
    '"../outside/.wh.canary" lies outside',
  ],
  ['a deletion of what is above', () => layerOf(file('a/.wh...', '')), '"a/.wh..."'],
  ['a deletion of nothing', () => layerOf(file('a/.wh.', '')), '"a/.wh."'],
  ['an emptying of what is above', () => layerOf(file('../.wh..wh..opq', '')), '"../.wh..wh..opq" lies outside'],
  ['a device above the root', () => layerOf(special('block', '../dev/sda')), '"../dev/sda" lies outside'],
  ['a device from the root on', () => layerOf(special('character', '/dev/mem')), '"/dev/mem" lies outside'],
  ['entries below a file', () => layerOf(file('f'), file('f/below')), '"/f" in the archive is not a directory'],
  [
    'entries below links in a circle',
    () => layerOf(special('symlink', 'x', 'y'), special('symlink', 'y', 'x'), file('x/evil')),
    /"\/?x(\/evil)?"/,
  ],
  ['a name that is too long', () => layerOf(file(`${'n'.repeat(300)}`)), /"n+…" has a name that is too long/],
  ['a path that is too long', () => layerOf(file(`${'d/'.repeat(3000)}f`)), /too long/],
  [
    'an end in the middle of a file',
    () => saved([tar(file('first'), file('big', Buffer.alloc(5000))).subarray(0, 3000)]),
    /ends in the middle.*"big"/,
  ],
  [
    'a sparse file of no known kind',
    () => layerOf(pax('GNU.sparse.major', '7'), file('holes')),
    /unknown format.*"holes"/,
  ],
  [
    'a sparse file larger than the limit, though next to nothing is there',
    () =>
      layerOf(
        metadata(
          'x',
          Buffer.concat([
            encodePaxRecord('GNU.sparse.map', Buffer.from('0,0')),
            encodePaxRecord('GNU.sparse.size', Buffer.from(String(2 ** 50))),
          ]),
        ),
        file('holes', ''),
      ),
    /"holes" makes it larger than/,
  ],
  [
    'more bytes than the limit, packed small',
    () => {
      const bomb = tar(file('bomb', Buffer.alloc(4 << 20)));
      return saved([bomb], [gzipSync(bomb)]);
    },
    /"0\/layer.tar".*"bomb" makes it larger than 1048576/,
    { layerBytes: 1 << 20 },
  ],
  [
    'zeros without end after its last entry',
    () => {
      const bomb = Buffer.concat([tar(file('a')), Buffer.alloc(4 << 20)]);
      return saved([bomb], [gzipSync(bomb)]);
    },
    /"0\/layer.tar".*what follows its last entry makes it larger/,
    { layerBytes: 1 << 20 },
  ],
  [
    'more entries than the limit',
    () => layerOf(...Array.from({ length: 12 }, (_, i) => file(`f${i}`))),
    /"0\/layer.tar".*"f9" is one more than 10/,
    { layerEntries: 10 },
  ],
  [
    'a second layer that climbs out',
    () => saved([LAYER, tar(file('../outside/evil'))]),
    /"1\/layer.tar".*"..\/outside\/evil"/,
  ],
];

it('is at least forty of them', () => {
  expect(ARCHIVES.length + LAYERS.length).toBeGreaterThanOrEqual(40);
});

describe.each(['overlay', 'vfs'] as const)('with %s', (storage) => {
  async function refused([, archive, says, limits]: Case): Promise<void> {
    const root = join(folder, 'store');
    const { snapshotter } = await chooseSnapshotter(join(root, 'snapshots'), storage);
    const blobs = await openBlobStore(join(root, 'images'));
    const lower = { ...DEFAULT_LIMITS, ...limits };
    const images = await openImageStore({
      root,
      blobs,
      snapshotter,
      publish: () => {},
      users: () => [],
      limits: lower,
    });
    const before = await tree(folder);
    const bytes = Readable.from([archive()], { objectMode: false });
    const loading = loadArchive(bytes, {
      images,
      blobs,
      limits: lower,
      platform: { os: 'linux', architecture: 'amd64' },
    });
    const error = await loading.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: 'EngineError', kind: expect.stringMatching(/^(invalid|unsupported)$/) });
    expect((error as Error).message).toMatch(says);
    expect(await tree(folder)).toEqual(before);
    expect(images.list({ all: true })).toEqual([]);
    expect(await snapshotter.list()).toEqual({ committed: [], active: [] });
  }

  for (const each of ARCHIVES) it(`an archive with ${each[0]} is refused`, () => refused(each));
  for (const each of LAYERS) it(`a layer with ${each[0]} is refused`, () => refused(each));
});

/** Every path with its kind and content: what is outside, and what the store keeps. */
async function tree(of: string): Promise<string[]> {
  const names = (await readdir(of, { recursive: true })).sort();
  const listing = execFileSync('find', [of, '-printf', '%p %y %s\\n'], { encoding: 'utf8' });
  // Empty folders of documents come with the first write.
  return [
    ...listing
      .split('\n')
      .filter((line) => !/ d \d+$/.test(line))
      .sort(),
    ...names.filter((n) => n.includes('evil')),
  ];
}
