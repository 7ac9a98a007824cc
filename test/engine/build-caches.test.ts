// Caches of builds that other engines take over: in registries, and in the configs of images.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layerTar } from '../../runtime/images/remembering.test-support.ts';
import { TestRegistry } from '../../runtime/registry/registry.test-support.ts';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { type RealRegistry, startRealRegistry } from '../harness/real-registry.ts';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { okay } from './okay.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

const missing = (await Promise.all(['docker-registry', 'docker'].map(findProgram))).includes(undefined);
const RANDOM = 'cat /proc/sys/kernel/random/uuid';
const DOCKERFILE = `FROM busybox AS build
RUN ${RANDOM} > /made && echo x > /left-behind
FROM busybox
COPY a /
RUN ${RANDOM} > /random
COPY --from=build /made /
CMD ["cat", "/made", "/random"]
`;
const ONE_STAGE = `FROM busybox\nCOPY a /\nRUN ${RANDOM} > /random\nCMD ["cat", "/random"]\n`;
const INDEX_OF_CACHE = 'application/vnd.lapstrake.cache.v1+json';

let base: Awaited<ReturnType<typeof prepareBaseImages>>;
let registry: RealRegistry;
/** The engine that builds first, and one that has nothing of it. */
let first: RealDaemon;
let second: RealDaemon;
let context: ContextFolder;

beforeAll(async () => {
  if (missing) return;
  registry = (await startRealRegistry())!;
  base = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  [first, second] = await Promise.all([
    startRealDaemon(['--registry-mirror', base.registryUrl]),
    startRealDaemon(['--registry-mirror', base.registryUrl]),
  ]);
  context = await contextFolder({ Dockerfile: DOCKERFILE, one: ONE_STAGE, a: 'a' });
});
afterAll(async () => {
  const left = await Promise.all([first?.stop(), second?.stop()]);
  await base?.stop();
  await registry?.stop();
  await context?.[Symbol.asyncDispose]();
  expect(left.flatMap((each) => each ?? [])).toEqual([]);
});

const name = (path: string): string => `${registry.host}/${path}`;
const build = async (daemon: RealDaemon, ...args: readonly string[]): Promise<string> =>
  okay(await daemon.lapstrake('build', ...args, context.path));
const id = async (daemon: RealDaemon, image: string): Promise<string> =>
  okay(await daemon.docker('inspect', '-f', '{{.Id}}', image));
const cached = (said: string): number => said.match(/Using cache/g)?.length ?? 0;

/** Takes from an engine all that it has built. */
async function forget(daemon: RealDaemon): Promise<void> {
  await daemon.docker('image', 'prune', '-af');
  okay(await daemon.docker('builder', 'prune', '-af'));
}

async function manifestOf(
  path: string,
): Promise<{ config: { mediaType: string; digest: string }; layers: { digest: string; mediaType: string }[] }> {
  const [repository, tag] = path.split(':');
  const headers = { Accept: 'application/vnd.oci.image.manifest.v1+json' };
  return (await fetch(`${registry.url}/v2/${repository}/manifests/${tag}`, { headers })).json() as never;
}

test.skipIf(missing)(
  'with mode=max another engine takes every step of every stage, and gives the same image',
  async () => {
    const target = `type=registry,ref=${name('cache:max')},mode=max`;
    await build(first, '-t', 'app', '--cache-to', target);
    expect(await manifestOf('cache:max')).toMatchObject({
      config: { mediaType: INDEX_OF_CACHE },
      layers: [{}, {}, {}, {}],
    });
    const said = await build(second, '-t', 'app', '--cache-from', `type=registry,ref=${name('cache:max')}`);
    expect(cached(said)).toBe(5);
    expect(await id(second, 'app')).toBe(await id(first, 'app'));
    expect(okay(await second.docker('run', '--rm', 'app'))).toBe(okay(await first.docker('run', '--rm', 'app')));
    // What it took is its own cache now.
    expect(cached(await build(second, '-t', 'again'))).toBe(5);
  },
);

test.skipIf(missing)('--push leaves every tag at its registry, and is refused where there is none', async () => {
  await build(first, '-f', `${context.path}/one`, '-t', name('pushed:a'), '-t', name('pushed:b'), '--push', '--load');
  for (const tag of [name('pushed:a'), name('pushed:b')]) {
    okay(await second.docker('pull', '-q', tag));
    expect(await id(second, tag)).toBe(await id(first, tag));
  }
  const more = ['--annotation', 'org.example.By=us=1', '--attest', 'type=sbom,disabled=true', '--provenance=false'];
  const output = `type=image,name=${name('pushed:noted')},push=true,annotation.a=b,rewrite-timestamp=true,compression=gzip`;
  await build(first, '-f', `${context.path}/one`, '-o', output, ...more);
  expect(await manifestOf('pushed:noted')).toMatchObject({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    annotations: { a: 'b', 'org.example.By': 'us=1' },
    config: { mediaType: 'application/vnd.oci.image.config.v1+json' },
    layers: expect.arrayContaining([
      expect.objectContaining({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }),
    ]),
  });
  okay(await second.docker('pull', '-q', name('pushed:noted')));
  expect(await id(second, name('pushed:noted'))).toBe(await id(first, name('pushed:a')));
  const refused = await first.lapstrake('build', '--push', context.path);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('--push needs --tag') });
});

test.skipIf(missing)(
  'with mode=min there is what the image has, and a build for several platforms is one cache',
  async () => {
    await forget(second);
    await build(first, '-t', 'app', '--cache-to', `type=registry,ref=${name('cache:min')}`);
    expect((await manifestOf('cache:min')).layers).toHaveLength(3);
    const both = ['--platform', 'linux/amd64,linux/arm64', '-f', `${context.path}/both`, '-t', 'both'];
    await context.write({
      both: 'FROM --platform=$BUILDPLATFORM busybox\nARG TARGETARCH\nRUN echo $TARGETARCH > /arch\n',
    });
    const target = `type=registry,ref=${name('cache:both')}`;
    await build(first, ...both, '--cache-to', target);
    expect(cached(await build(second, ...both, '--cache-from', target))).toBe(4);
  },
);

test.skipIf(missing)('an image tells of its own steps, to lapstrake and docker', async () => {
  const file = ['-f', `${context.path}/one`];
  const app = name('team/inline:v1');
  await build(first, ...file, '-t', app, '--cache-to', 'type=inline');
  await build(first, ...file, '-t', 'without');
  expect(await id(first, 'without'), 'an image that does not tell is another').not.toBe(await id(first, app));
  okay(await first.docker('push', app));
  await forget(second);
  expect(cached(await build(second, ...file, '-t', 'taken', '--cache-from', app))).toBe(3);
  expect(await id(second, 'taken')).toBe(await id(first, 'without'));
  await forget(second);
  // As docker's users have it: the image is pulled, and named as the cache.
  okay(await second.docker('pull', app));
  const dockerArgs = ['build', ...file, '-t', 'taken', '--cache-from', app, '--build-arg', 'BUILDKIT_INLINE_CACHE=1'];
  const said = okay(await second.docker(...dockerArgs, context.path));
  expect(cached(said)).toBe(3);
  expect(await id(second, 'taken'), 'it tells of its steps again').toBe(await id(first, app));
  expect(said).not.toContain('Warning');
});

test.skipIf(missing)(
  'a cache that is not there, is none or cannot be reached is told of, and all is built',
  async () => {
    await forget(second);
    okay(await first.docker('tag', 'without', name('team/plain:v1')));
    okay(await first.docker('push', name('team/plain:v1')));
    const sources = [name('cache:nowhere'), name('team/plain:v1'), '127.0.0.1:9/x'];
    const said = await build(second, '-t', 'app', ...sources.flatMap((each) => ['--cache-from', each]));
    expect(cached(said)).toBe(0);
    for (const each of sources) expect(said).toContain(`[Warning] nothing is taken from the cache ${each}: `);
    expect(said).toContain('it tells of no steps that could be taken from it: build it with --cache-to');
    const nowhere = await second.lapstrake('build', '--cache-to', 'type=registry,ref=127.0.0.1:9/x', context.path);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining('127.0.0.1:9') });
    const wrong = await second.lapstrake('build', '--cache-to', 'type=registry,ref=x,mode=most', context.path);
    expect(wrong.stderr).toContain('mode is min or max');
  },
);

test
  .skipIf(missing)
  .each(['other bytes than its digest says', 'another layer than its record says', 'a record that is none'])(
  'a cache with %s is refused, and all is built',
  async (what) => {
    await forget(second);
    await using evil = await TestRegistry.start();
    const { config, layers } = await manifestOf('cache:max');
    const blob = async (digest: string) =>
      Buffer.from(await (await fetch(`${registry.url}/v2/cache/blobs/${digest}`)).arrayBuffer());
    const bad = gzipSync(layerTar({ random: 'evil', made: 'evil' }));
    const brought = await Promise.all(
      layers.map(async ({ digest, mediaType }) => ({ ...evil.put(await blob(digest), mediaType), digest })),
    );
    let record = (await blob(config.digest)).toString();
    if (what.startsWith('other'))
      for (const { digest, mediaType } of layers) evil.blobs.set(digest, { data: bad, mediaType });
    if (what.startsWith('another')) {
      const put = evil.put(bad, layers[0]!.mediaType);
      for (const [i, { digest }] of layers.entries()) {
        record = record.replaceAll(digest, put.digest);
        brought[i] = put as never;
      }
    }
    if (what.startsWith('a record')) record = '{"version":1,"steps":[{"key":"x"}]}';
    const manifest = { schemaVersion: 2, config: evil.put(Buffer.from(record), config.mediaType), layers: brought };
    const top = evil.put(Buffer.from(JSON.stringify(manifest)), 'application/vnd.oci.image.manifest.v1+json');
    evil.tags.set('cache:v1', top.digest);
    const said = await build(second, '-t', 'app', '--cache-from', `${evil.host}/cache:v1`);
    expect(said).toContain(`[Warning] nothing is taken from the cache ${evil.host}/cache:v1: `);
    expect(cached(said)).toBe(0);
    expect(okay(await second.docker('run', '--rm', 'app'))).not.toContain('evil');
  },
);
