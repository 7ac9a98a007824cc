// Images of several platforms: built, named, run, pushed, saved and removed as one.
import { readFile, rm, truncate } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { findProgram } from '../../scripts/fixtures/host.mjs';
import { type RealRegistry, startRealRegistry } from '../harness/real-registry.ts';
import { contextFolder } from './build-context.ts';
import { ask } from './engine-state.ts';
import { okay } from './okay.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const missing = (await Promise.all(['docker-registry', 'skopeo', 'docker'].map(findProgram))).includes(undefined);
const BOTH = ['--platform', 'linux/amd64,linux/arm64'];
const DOCKERFILE = `FROM --platform=$BUILDPLATFORM busybox AS build
RUN echo once >> /shared
FROM --platform=$BUILDPLATFORM busybox AS made
ARG TARGETARCH
RUN echo $TARGETARCH > /arch
FROM scratch
COPY --from=build /shared /
COPY --from=made /arch /
CMD ["/arch"]
`;

let base: Awaited<ReturnType<typeof prepareBaseImages>>;
let registry: RealRegistry;
let daemon: RealDaemon;

const docker = async (...args: readonly string[]): Promise<string> => okay(await daemon.docker(...args));
const lapstrake = async (...args: readonly string[]): Promise<string> => okay(await daemon.lapstrake(...args));
const imageFor = async (platform: string, name: string): Promise<Record<string, string>> =>
  JSON.parse(await lapstrake('inspect', '--platform', platform, name))[0];

async function built(name: string, dockerfile = DOCKERFILE, options: readonly string[] = BOTH): Promise<string> {
  await using context = await contextFolder({ Dockerfile: dockerfile });
  return await lapstrake('build', ...options, '-t', name, context.path);
}

/** What a registry has under a name, as skopeo reads it. */
async function raw(name: string): Promise<{ mediaType: string; manifests: { digest: string; platform: object }[] }> {
  const reference = `docker://${registry.host}/${name}`;
  return JSON.parse(okay(await command('skopeo', ['inspect', '--raw', '--tls-verify=false', reference])));
}

beforeAll(async () => {
  if (missing) return;
  registry = (await startRealRegistry())!;
  base = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', base.registryUrl]);
});
afterAll(async () => {
  const left = await daemon?.stop();
  await base?.stop();
  await registry?.stop();
  expect(left ?? []).toEqual([]);
});

test.skipIf(missing)(
  'a build for two platforms is told for each, does what is the same once, and has one name',
  async () => {
    const said = await built('app');
    expect(said).toContain('Step 1/18 : [linux/amd64] FROM --platform=$BUILDPLATFORM busybox AS build');
    expect(said).toMatch(/Step \d+\/18 : \[linux\/arm64\] COPY --from=made \/arch \//);
    expect(said).toMatch(/Built [0-9a-f]{12} for linux\/amd64\nBuilt [0-9a-f]{12} for linux\/arm64\n/);
    expect(said.endsWith('Successfully tagged app:latest')).toBe(true);
    const [own, other] = [await imageFor('linux/amd64', 'app'), await imageFor('linux/arm64', 'app')];
    expect([own.Architecture, other.Architecture]).toEqual(['amd64', 'arm64']);
    // The RUN that both need was done once; its file is the same layer in both.
    const layers = (image: Record<string, unknown>) => (image.RootFS as { Layers: string[] }).Layers;
    expect(layers(own)[0]).toBe(layers(other)[0]);
    expect(layers(own)[1]).not.toBe(layers(other)[1]);
  },
);

test.skipIf(missing)('docker sees one image, this machine’s, and takes another where it is asked for', async () => {
  const [own, other] = [await imageFor('linux/amd64', 'app'), await imageFor('linux/arm64', 'app')];
  expect(await docker('images', '-q', '--no-trunc', 'app')).toBe(own.Id);
  expect(await docker('images', '-q', '--filter', 'dangling=true')).toBe('');
  const inspected = JSON.parse(await lapstrake('inspect', 'app'))[0];
  expect(inspected.Id).toBe(own.Id);
  expect(inspected.Manifests.map((each: { ImageData: object }) => each.ImageData)).toMatchObject([
    { Platform: { os: 'linux', architecture: 'amd64' } },
    { Platform: { os: 'linux', architecture: 'arm64' } },
  ]);
  for (const [platform, { Id }] of [['linux/amd64', own] as const, ['linux/arm64/v8', other] as const]) {
    const id = await docker('create', '--pull', 'never', '--platform', platform, 'app');
    expect(await docker('inspect', '-f', '{{.Image}}', id)).toBe(Id);
    await docker('rm', id);
  }
  const { status, text } = await ask(daemon, 'POST', '/containers/create?platform=linux/s390x', {
    json: { Image: 'app' },
  });
  expect({ status, text }).toEqual({
    status: 404,
    text: expect.stringContaining('does not match the specified platform: wanted linux/s390x, actual: linux/amd64'),
  });
  expect((await ask(daemon, 'POST', '/containers/create?platform=a/b/c/d', { json: { Image: 'app' } })).status).toBe(
    400,
  );
});

test.skipIf(missing)('push brings the index with all that it names, under the same digest again', async () => {
  const name = `${registry.host}/team/app:v1`;
  await docker('tag', 'app', name);
  const digest = (text: string): string => /v1: digest: (sha256:[0-9a-f]{64})/.exec(text)?.[1] ?? text;
  const first = digest(await docker('push', name));
  const index = await raw('team/app:v1');
  expect(index.manifests.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ]);
  for (const each of index.manifests) expect(await raw(`team/app@${each.digest}`)).toMatchObject({ layers: [{}, {}] });
  expect(digest(await docker('push', name))).toBe(first);
  expect(await docker('inspect', '-f', '{{json .RepoDigests}}', name)).toContain(`team/app@${first}`);
  const copied = await command('skopeo', [
    ...[
      'copy',
      '--all',
      '--src-tls-verify=false',
      `docker://${registry.host}/team/app:v1`,
      `oci:${daemon.root}/copy:v1`,
    ],
  ]);
  expect(copied, 'skopeo reads every blob').toMatchObject({ code: 0 });
  // What has the digest may be run for either.
  expect((await imageFor('linux/arm64', `${registry.host}/team/app@${first}`)).Architecture).toBe('arm64');
});

test.skipIf(missing)('a pull takes this machine’s of the platforms', async () => {
  const name = `${registry.host}/team/app:v1`;
  await docker('rmi', name);
  await docker('pull', name);
  expect(JSON.parse(await docker('inspect', name))[0]).toMatchObject({ Architecture: 'amd64' });
  await docker('rmi', name);
});

test.skipIf(missing)('docker shows, pushes, saves and loads one of the platforms where it is asked to', async () => {
  expect(await docker('images', '--tree')).toMatch(/app:latest[\s\S]*linux\/amd64[\s\S]*linux\/arm64/);
  const index = JSON.parse(await docker('inspect', 'app'))[0].Descriptor;
  expect(index.mediaType).toContain('index');
  const other = await imageFor('linux/arm64', 'app');
  expect(await docker('image', 'inspect', '--platform', 'linux/arm64', '-f', '{{.Id}}', 'app')).toBe(other.Id);
  expect(await docker('history', '--no-trunc', '--platform', 'linux/arm64', '-q', 'app')).toContain(other.Id);

  const name = `${registry.host}/team/app:arm`;
  await docker('tag', 'app', name);
  await docker('push', '--platform', 'linux/arm64', name);
  expect(await raw('team/app:arm')).toMatchObject({ config: { digest: other.Id }, layers: [{}, {}] });
  await docker('rmi', name);

  const archive = `${daemon.root}/arm.tar`;
  await docker('save', '--platform', 'linux/arm64', '-o', archive, 'app');
  await docker('rmi', 'app');
  expect((await daemon.docker('load', '--platform', 'linux/amd64', '-i', archive)).stderr).toContain(
    'no image for this',
  );
  expect(await docker('load', '-i', archive)).toBe('Loaded image: app:latest');
  expect(await docker('inspect', '-f', '{{.Id}}', 'app')).toBe(other.Id);
  await built('app');

  await docker('save', '-o', archive, 'app');
  await docker('tag', 'app', 'gone');
  const part = await daemon.docker('rmi', '--platform', 'linux/arm64', 'gone');
  expect(part.stderr).toContain('has other platforms too (linux/amd64)');
  await docker('rmi', '--platform', 'linux/arm64', '--platform', 'linux/amd64', 'gone');
  await docker('rmi', 'app');
  expect(await docker('load', '--platform', 'linux/arm64', '-i', archive)).toBe('Loaded image: app:latest');
  expect(await docker('inspect', '-f', '{{.Id}}', 'app')).toBe(other.Id);
  await built('app');
});

test.skipIf(missing)('save and load keep all platforms, and so does the store’s own layout', async () => {
  const before = JSON.parse(await lapstrake('inspect', 'app'))[0].Manifests;
  const archive = `${daemon.root}/app.tar`;
  await docker('save', '-o', archive, 'app');
  const layout = okay(await command('skopeo', ['inspect', '--raw', `oci:${daemon.root}/images:app:latest`]));
  expect(JSON.parse(layout).manifests).toHaveLength(2);
  expect(okay(await command('skopeo', ['inspect', '--raw', `oci-archive:${archive}:latest`]))).toBe(layout);
  await docker('rmi', 'app');
  expect(await docker('images', '-aq')).toBe(await docker('images', '-aq', 'busybox'));
  expect(await docker('load', '-i', archive)).toBe('Loaded image: app:latest');
  expect(JSON.parse(await lapstrake('inspect', 'app'))[0].Manifests).toEqual(before);
  expect(okay(await command('skopeo', ['inspect', '--raw', `oci:${daemon.root}/images:app:latest`]))).toBe(layout);
});

test.skipIf(missing)('a restarted engine knows the platforms; rmi takes them all, and no image alone', async () => {
  await daemon.restart('SIGKILL');
  const other = (await imageFor('linux/arm64', 'app')).Id!;
  const alone = await daemon.docker('rmi', other);
  expect(alone.stderr).toContain('a name means it for its platform');
  await docker('image', 'prune', '-f');
  const id = await docker('create', '--platform', 'linux/arm64', 'app');
  await docker('rmi', 'app');
  // One that a container stands on stays, without a name.
  expect(await docker('images', '-q', '--no-trunc', '--filter', 'dangling=true')).toBe(other);
  await docker('rm', id);
  await docker('image', 'prune', '-f');
  expect((await daemon.docker('inspect', other)).code).toBe(1);
});

test.skipIf(missing)('a build that fails for one platform names nothing, and says for which', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM --platform=$BUILDPLATFORM busybox\nARG TARGETARCH\nRUN [ $TARGETARCH = amd64 ]\n',
  });
  const { code, stderr } = await daemon.lapstrake('build', ...BOTH, '-t', 'half', context.path);
  expect({ code, stderr }).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Dockerfile:3: linux/arm64: The command '/bin/sh -c [ $TARGETARCH = amd64 ]'`),
  });
  expect(await docker('images', '-q', 'half')).toBe('');
  const wrong = await daemon.lapstrake('build', '--platform', 'linux/amd64,b/c/d/e', context.path);
  expect(wrong.stderr).toContain('"b/c/d/e" is no platform');
});

test.skipIf(missing)('a base image of another platform leaves the name of this machine’s own as it was', async () => {
  const name = `${registry.host}/team/base:v1`;
  const dockerfile = 'FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY Dockerfile /\n';
  await built(name, dockerfile);
  await docker('push', name);
  await docker('rmi', name);
  await docker('pull', name);
  const own = await docker('inspect', '-f', '{{.Id}}', name);
  await built('onbase', `FROM ${name}\nCOPY Dockerfile /again\n`);
  for (const architecture of ['amd64', 'arm64']) {
    const { Config } = JSON.parse(await lapstrake('inspect', '--platform', `linux/${architecture}`, 'onbase'))[0];
    expect(Config.Labels).toEqual({ arch: architecture });
  }
  expect(await docker('inspect', '-f', '{{.Id}}', name)).toBe(own);
  // Both stages name it, each for another platform.
  await built('mixed', `FROM --platform=$BUILDPLATFORM ${name} AS a\nFROM ${name}\nCOPY --from=a /Dockerfile /a\n`, [
    ...['--platform', 'linux/arm64'],
  ]);
  expect(JSON.parse(await docker('inspect', 'mixed'))[0].Config.Labels).toEqual({ arch: 'arm64' });
});

test.skipIf(missing)(
  '--build-context takes an image of an OCI layout by tag, by digest or as the only one',
  async () => {
    const copy = `${daemon.root}/copy`;
    const { manifests } = JSON.parse(await readFile(`${copy}/index.json`, 'utf8'));
    for (const named of [copy, `${copy}:v1`, `${copy}@${manifests[0].digest}`]) {
      await using context = await contextFolder({ Dockerfile: 'FROM base\nCOPY --from=base /arch /again\n' });
      const from = ['--build-context', `base=oci-layout://${named}`, '--platform', 'linux/arm64'];
      await lapstrake('build', '-t', 'laid', ...from, context.path);
      const { Architecture, RootFS, Config } = JSON.parse(await docker('inspect', 'laid'))[0];
      expect({ Architecture, layers: RootFS.Layers.length, Cmd: Config.Cmd }).toEqual({
        ...{ Architecture: 'arm64', layers: 3, Cmd: ['/arch'] },
      });
    }
    await using context = await contextFolder({ Dockerfile: 'FROM base\nCOPY Dockerfile /\n', 'not/a': '' });
    const fails = async (named: string, ...more: readonly string[]): Promise<string> => {
      const args = ['--build-context', `base=oci-layout://${named}`, ...more, context.path];
      return (await daemon.lapstrake('build', ...args)).stderr;
    };
    expect(await fails(`${copy}:v2`)).toContain(`Dockerfile:1: the OCI layout ${copy} has no image v2`);
    expect(await fails(copy, '--platform', 'linux/s390x')).toContain('has no image for linux/s390x');
    expect(await fails(`${context.path}/not`)).toContain('/not is no OCI image layout');
    expect(await fails('/nowhere:v1')).toContain('there is no folder /nowhere');
    const [entry] = JSON.parse(await readFile(blobOf(copy, manifests[0].digest), 'utf8')).manifests;
    const { layers } = JSON.parse(await readFile(blobOf(copy, entry.digest), 'utf8'));
    await docker('image', 'prune', '-af');
    await docker('builder', 'prune', '-f');
    await truncate(blobOf(copy, layers[0].digest), 10);
    expect(await fails(copy)).toMatch(/Dockerfile:1: .*sha256:[0-9a-f]{64}/);
    await rm(blobOf(copy, layers[0].digest));
    expect(await fails(copy)).toContain(`is damaged: ${layers[0].digest} is not in it`);
  },
);

const blobOf = (layout: string, digest: string): string => `${layout}/blobs/${digest.replace(':', '/')}`;
