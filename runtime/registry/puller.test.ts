import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsePlatform } from '../../core/image/platform.ts';
import { parseReference } from '../../core/image/reference.ts';
import type { ImageStore } from '../images/image-store.ts';
import { openImageStore } from '../images/local-images.ts';
import { RememberingSnapshotter } from '../images/remembering.test-support.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { openBlobStore } from '../store/blobs.ts';
import { ANONYMOUS, parseRegistryAuth } from './credentials.ts';
import { RegistryHosts } from './hosts.ts';
import { LayerSources } from './layer-sources.ts';
import { PulledBlobs } from './pulled-blobs.ts';
import { Puller, type PullRequest } from './puller.ts';
import { TestRegistry } from './registry.test-support.ts';
import { UnfinishedPulls } from './unfinished-pulls.ts';

let root: string;
let blobs: BlobStore;
let images: ImageStore;
let snapshotter: RememberingSnapshotter;
let events: string[];
let lines: string[];
let registry: TestRegistry;
let sources: LayerSources;
let unfinished: UnfinishedPulls;
let pulled: PulledBlobs | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-pull-'));
  blobs = await openBlobStore(join(root, 'layout'));
  snapshotter = new RememberingSnapshotter();
  events = [];
  lines = [];
  await openStore();
  registry = await TestRegistry.start();
});

afterEach(async () => {
  pulled?.[Symbol.dispose]();
  pulled = undefined;
  await registry[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** As a daemon does at its start. */
async function openStore(): Promise<void> {
  unfinished = await UnfinishedPulls.open(join(root, 'unfinished'), 0);
  images = await openImageStore({ root, blobs, snapshotter, publish: () => undefined, users: () => [] });
  sources = await LayerSources.open(join(root, 'sources'), (id) => images.layer(id) !== undefined);
  openPulled(60_000);
  await images.recover();
}

function openPulled(keepFor: number): void {
  pulled?.[Symbol.dispose]();
  pulled = new PulledBlobs({ images, blobs, unfinished, keepFor, warn: (_, error) => expect.fail(String(error)) });
}

async function pull(name: string, options: Partial<PullRequest> & { mirrors?: string[] } = {}) {
  const parsed = parseReference(name);
  if (!parsed.ok) throw new Error(parsed.problem);
  const { mirrors = [] } = options;
  const puller = new Puller({
    images,
    blobs,
    hosts: new RegistryHosts({ mirrors, insecureRegistries: [], certificates: [], env: {} }),
    sources,
    pulled: pulled!,
    account: async () => ANONYMOUS,
    publish: (action, id) => events.push(`${action} ${id}`),
    platform: parsePlatform('linux/amd64')!,
    delays: [1, 1, 1],
  });
  return await puller.pull({
    reference: parsed.reference,
    report: ({ id, status = '', progressDetail }) => {
      if (progressDetail?.current === undefined) lines.push(id === undefined ? status : `${id}: ${status}`);
    },
    signal: new AbortController().signal,
    ...options,
  });
}

async function expectNothingLeft(): Promise<void> {
  expect(await blobs.list()).toEqual([]);
  expect(snapshotter.parents.size).toBe(0);
  expect(images.list({ all: true })).toEqual([]);
}

describe('a pull', () => {
  it('brings an image and tells of it as dockerd does', async () => {
    const made = registry.image('app/web:v1', [{ a: '1' }, { b: '22' }]);
    const name = `${registry.host}/app/web:v1`;
    const image = await pull(name);
    const [first, second] = made.layers.map(({ digest }) => digest.slice(7, 19));
    expect(image.id).toBe(made.config.digest);
    expect(lines.filter((line) => line.startsWith(first!))).toEqual(
      ['Pulling fs layer', 'Verifying Checksum', 'Download complete', 'Extracting', 'Pull complete'].map(
        (each) => `${first}: ${each}`,
      ),
    );
    expect(lines.filter((line) => !line.startsWith(first!) && !line.startsWith(second!))).toEqual([
      'v1: Pulling from app/web',
      `Digest: ${made.top.digest}`,
      `Status: Downloaded newer image for ${name}`,
    ]);
    expect(images.inspect(name)).toMatchObject({
      RepoTags: [name],
      RepoDigests: [`${registry.host}/app/web@${made.top.digest}`],
      Size: 3,
    });
    expect(events).toEqual([`pull ${name}`]);
    expect([...snapshotter.parents.keys()]).toEqual(image.chain);
  });

  it('of what is there fetches the manifest only', async () => {
    registry.image('app:v1', [{ a: '1' }]);
    await pull(`${registry.host}/app:v1`);
    registry.requests.length = 0;
    lines = [];
    await pull(`${registry.host}/app:v1`);
    expect(registry.requests).toEqual(['GET /v2/app/manifests/v1']);
    expect(lines.at(-1)).toBe(`Status: Image is up to date for ${registry.host}/app:v1`);
  });

  it('fetches only the layers that are missing', async () => {
    registry.image('app:v1', [{ a: '1' }]);
    const { layers } = registry.image('app:v2', [{ a: '1' }, { b: '1' }]);
    await pull(`${registry.host}/app:v1`);
    lines = [];
    await pull(`${registry.host}/app:v2`);
    expect(lines[1]).toBe(`${layers[0]!.digest.slice(7, 19)}: Already exists`);
    expect(images.list()).toHaveLength(2);
  });

  it('by digest names the image by the digest only', async () => {
    const { top } = registry.image('app:v1', [{ a: '1' }]);
    const { id } = await pull(`${registry.host}/app@${top.digest}`);
    expect(images.references(id)).toEqual({ tags: [], digests: [`${registry.host}/app@${top.digest}`] });
  });

  it('chooses the platform from an index', async () => {
    const { config } = registry.image('app:v1', [{ a: '1' }], { os: 'linux', architecture: 'amd64' });
    expect((await pull(`${registry.host}/app:v1`)).id).toBe(config.digest);
    await expect(pull(`${registry.host}/app:v1`, { platform: parsePlatform('linux/s390x')! })).rejects.toThrow(
      'no matching manifest for linux/s390x in the manifest list entries',
    );
  });

  it('asks the mirror for images of Docker Hub', async () => {
    registry.image('library/busybox:latest', [{ a: '1' }]);
    const { id } = await pull('busybox', { mirrors: [registry.url] });
    expect(images.references(id).tags).toEqual(['busybox:latest']);
  });

  it('asks Docker Hub itself, and whoever comes next, where a mirror has the manifest but not the layers', async () => {
    await using broken = await TestRegistry.start();
    const { layers } = broken.image('library/busybox:latest', [{ a: '1' }]);
    broken.blobs.delete(layers[0]!.digest);
    registry.image('library/busybox:latest', [{ a: '1' }]);
    const { id } = await pull('busybox', { mirrors: [broken.url, registry.url] });
    expect(images.references(id).tags).toEqual(['busybox:latest']);
    expect(lines.filter((line) => line.includes('Pulling from'))).toEqual(['latest: Pulling from library/busybox']);
  });

  it('takes up a broken transfer where it broke', async () => {
    registry.image('app:v1', [{ a: 'x'.repeat(100_000) + Math.random() }]);
    registry.breaking = 3;
    expect(await pull(`${registry.host}/app:v1`)).toBeDefined();
  });

  it('tries again where the registry is busy', async () => {
    registry.image('app:v1', [{ a: '1' }]);
    registry.failing = 2;
    expect(await pull(`${registry.host}/app:v1`)).toBeDefined();
  });
});

describe('authentication', () => {
  const ann = parseRegistryAuth(
    Buffer.from(JSON.stringify({ username: 'ann', password: 'secret' })).toString('base64url'),
  );

  it.each(['token', 'basic'] as const)('by %s lets in whom the registry knows', async (auth) => {
    await using secured = await TestRegistry.start({ auth });
    secured.image('private/app:v1', [{ a: '1' }]);
    secured.image('open/app:v1', [{ a: '1' }]);
    await expect(pull(`${secured.host}/private/app:v1`)).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining(
        `pull access denied for ${secured.host}/private/app, repository does not exist or may require 'docker login'`,
      ),
    });
    expect(await pull(`${secured.host}/private/app:v1`, { credentials: ann })).toBeDefined();
    if (auth === 'token') expect(await pull(`${secured.host}/open/app:v1`)).toBeDefined();
  });
});

describe('a failed pull', () => {
  it('of what is not there says so as dockerd does', async () => {
    await expect(pull(`${registry.host}/none:v1`)).rejects.toMatchObject({
      kind: 'not-found',
      message: `manifest for ${registry.host}/none:v1 not found: manifest unknown: manifest unknown`,
    });
    expect(lines).toEqual([]);
  });

  it('names the host that cannot be reached', async () => {
    const host = registry.host;
    await registry[Symbol.asyncDispose]();
    await expect(pull(`${host}/app`)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(`cannot reach the registry ${host} (connection refused)`),
    });
    registry = await TestRegistry.start();
  });

  it('of an image of the oldest kind says what to do', async () => {
    const old = { schemaVersion: 1, name: 'app', tag: 'v1', fsLayers: [], history: [] };
    const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
    registry.tags.set('app:v1', registry.put(Buffer.from(JSON.stringify(old)), type).digest);
    await expect(pull(`${registry.host}/app:v1`)).rejects.toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('manifest schema 1 is no longer supported: push the image again'),
    });
  });

  it('through damaged bytes leaves nothing', async () => {
    const { layers } = registry.image('app:v1', [{ a: '1' }, { b: '2' }]);
    const { data, mediaType } = registry.blobs.get(layers[1]!.digest)!;
    const damaged = Buffer.from(data);
    damaged[20]! ^= 1;
    registry.blobs.set(layers[1]!.digest, { data: damaged, mediaType });
    await expect(pull(`${registry.host}/app:v1`)).rejects.toMatchObject({ code: 'blob-digest-differs' });
    await expectNothingLeft();
  });

  it('through a config that tells of other layers leaves nothing', async () => {
    const good = registry.image('app:v1', [{ a: '1' }, { b: '2' }]);
    const config = JSON.parse(registry.blobs.get(good.config.digest)!.data.toString());
    config.rootfs.diff_ids[1] = `sha256:${'0'.repeat(64)}`;
    const lying = registry.put(Buffer.from(JSON.stringify(config)), good.config.mediaType);
    const manifest = { schemaVersion: 2, config: lying, layers: good.layers };
    registry.tags.set('app:v1', registry.put(Buffer.from(JSON.stringify(manifest)), good.manifest.mediaType).digest);
    await expect(pull(`${registry.host}/app:v1`)).rejects.toMatchObject({ code: 'layer-diff-id-differs' });
    await expectNothingLeft();
  });

  it('from a registry that sends more than it said ends at once', async () => {
    const { layers } = registry.image('app:v1', [{ a: '1' }]);
    registry.endless = layers[0]!.digest;
    await expect(pull(`${registry.host}/app:v1`)).rejects.toMatchObject({
      code: 'blob-too-long',
      message: expect.stringContaining(`${registry.host} sent more than the ${layers[0]!.size} bytes`),
    });
    await expectNothingLeft();
    // What fits into the buffers on the way.
    expect(registry.appended).toBeLessThan(32 << 20);
    expect(await readdir(join(root, 'layout/blobs/sha256'))).toEqual([]);
  });

  it('from a registry that sends less than it said leaves nothing', async () => {
    const { layers, config, manifest } = registry.image('app:v1', [{ a: '1' }]);
    const lying = [{ ...layers[0]!, size: layers[0]!.size + 1 }];
    const top = registry.put(
      Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: lying })),
      manifest.mediaType,
    );
    registry.tags.set('app:v1', top.digest);
    await expect(pull(`${registry.host}/app:v1`)).rejects.toMatchObject({ code: 'blob-truncated' });
    await expectNothingLeft();
    expect(await readdir(join(root, 'layout/blobs/sha256'))).toEqual([]);
  });

  it('of a manifest, a config or a token that is larger than any is told as that', async () => {
    const { config, manifest, layers } = registry.image('app:v1', [{ a: '1' }]);
    const records = {
      'config-too-large': JSON.stringify({ schemaVersion: 2, config: { ...config, size: 5 << 20 }, layers }),
      'registry-answer-too-long': JSON.stringify({ schemaVersion: 2, config, layers, more: 'x'.repeat(4 << 20) }),
    };
    for (const [code, record] of Object.entries(records)) {
      registry.tags.set('app:v1', registry.put(Buffer.from(record), manifest.mediaType).digest);
      await expect(pull(`${registry.host}/app:v1`)).rejects.toMatchObject({ kind: 'invalid', code });
    }
    await using secured = await TestRegistry.start({ auth: 'token' });
    secured.tokenSize = 4 << 20;
    await expect(pull(`${secured.host}/app:v1`)).rejects.toMatchObject({ code: 'registry-answer-too-long' });
    await expectNothingLeft();
  });

  describe('by cancellation', () => {
    /** Gives the layers; the second never comes. */
    async function cancelled() {
      const { layers } = registry.image('app:v1', [{ a: '1' }, { b: '2' }]);
      registry.silent = layers[1]!.digest;
      const abort = new AbortController();
      const pulling = pull(`${registry.host}/app:v1`, {
        signal: abort.signal,
        report: ({ status }) => {
          if (status === 'Pull complete') abort.abort();
        },
      });
      await expect(pulling).rejects.toMatchObject({ kind: 'cancelled' });
      expect(images.list({ all: true })).toEqual([]);
      registry.silent = undefined;
      registry.requests.length = 0;
      return layers.map(({ digest }) => digest);
    }

    it('keeps what came, so that another fetches the rest only', async () => {
      const [first, second] = await cancelled();
      await pull(`${registry.host}/app:v1`);
      expect(lines[1]).toBe(`${first!.slice(7, 19)}: Already exists`);
      expect(registry.requests).toContain(`GET /v2/app/blobs/${second}`);
      expect(registry.requests).not.toContain(`GET /v2/app/blobs/${first}`);
      expect([...unfinished.all()]).toEqual([]);
    });

    it('keeps it for the next daemon, too', async () => {
      const [first] = await cancelled();
      await openStore();
      await pull(`${registry.host}/app:v1`);
      expect(registry.requests).not.toContain(`GET /v2/app/blobs/${first}`);
    });

    it('keeps no files of a layer whose record a crash took', async () => {
      const [first] = await cancelled();
      expect(snapshotter.parents.size).toBe(1);
      for (const name of await readdir(join(root, 'layers'))) await rm(join(root, 'layers', name));
      await openStore();
      expect(snapshotter.parents.size).toBe(0);
      await pull(`${registry.host}/app:v1`);
      expect(registry.requests).not.toContain(`GET /v2/app/blobs/${first}`);
      expect(snapshotter.parents.size).toBe(2);
    });

    it('leaves nothing where nothing is to be kept', async () => {
      openPulled(0);
      await cancelled();
      await expectNothingLeft();
    });

    it('leaves nothing once its time is over', async () => {
      openPulled(30);
      await cancelled();
      await expect.poll(() => blobs.list()).toEqual([]);
      await expectNothingLeft();
      expect([...unfinished.all()]).toEqual([]);
    });

    it('leaves nothing to a daemon that starts later than that', async () => {
      await cancelled();
      pulled?.[Symbol.dispose]();
      expect([...(await UnfinishedPulls.open(join(root, 'unfinished'), Date.now())).all()]).toEqual([]);
      await openStore();
      await expectNothingLeft();
    });
  });
});
