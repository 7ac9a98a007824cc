// Options of a build beside its Dockerfile: what is not taken from the cache, what names stand for, and the caches' upkeep.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { startGitServer } from '../harness/git-server.ts';
import { contextFolder } from './build-context.ts';
import { type RealDaemon, startRealDaemon } from './real-daemon.ts';

let registry: Awaited<ReturnType<typeof prepareBaseImages>>;
let daemon: RealDaemon;
beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
});
afterAll(async () => {
  expect(await daemon?.stop()).toEqual([]);
  await registry?.stop();
});

async function build(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await daemon.lapstrake('build', ...args);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

const read = async (image: string, file: string): Promise<string> =>
  (await daemon.docker('run', '--rm', image, 'cat', file)).stdout;

test('--no-cache-filter builds a stage anew, and what takes files from it gets the new ones', async () => {
  const random = 'cat /proc/sys/kernel/random/uuid';
  await using context = await contextFolder({
    Dockerfile: `FROM busybox AS one\nRUN ${random} > /one\nFROM busybox AS two\nRUN ${random} > /two\nCOPY --from=one /one /from-one\n`,
  });
  const files = async (): Promise<string[]> => [await read('filtered', '/two'), await read('filtered', '/from-one')];
  await build('-t', 'filtered', context.path);
  const first = await files();
  const steps = await build('-t', 'filtered', '--no-cache-filter', 'one', context.path);
  const second = await files();
  expect(second[0]).toBe(first[0]);
  expect(second[1]).not.toBe(first[1]);
  expect(steps.match(/Using cache/g)).toHaveLength(1);
});

test('--build-context lets a folder, an image or a repository stand for a name', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM base\nCOPY --from=files a /\nRUN --mount=from=files,target=/m cp /m/a /mounted\n',
  });
  await using files = await contextFolder({ a: 'one', skipped: 'x', '.dockerignore': 'skipped\n' });
  const named = ['--build-context', 'base=docker-image://busybox', '--build-context', `files=${files.path}`];
  await build('-t', 'named', ...named, context.path);
  expect(await read('named', '/a')).toBe('one');
  expect(await read('named', '/mounted')).toBe('one');
  expect((await build('-t', 'named', ...named, context.path)).match(/Using cache/g)).toHaveLength(2);
  await writeFile(join(files.path, 'a'), 'two');
  await build('-t', 'named', ...named, context.path);
  expect(await read('named', '/a')).toBe('two');

  await using server = await startGitServer();
  await server.commit('files', { a: 'of a repository' });
  await build('-t', 'named', ...named.slice(0, 2), '--build-context', `files=${server.http}/files.git`, context.path);
  expect(await read('named', '/a')).toBe('of a repository');

  const wrong = await daemon.lapstrake('build', '--build-context', 'files=/nowhere', context.path);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no folder /nowhere') });
  await using alone = await contextFolder({ Dockerfile: 'FROM files\n' });
  await build('-t', 'alone', ...named.slice(2), alone.path);
  expect((await daemon.docker('history', '-q', 'alone')).code).toBe(0);
});

test('RUN --security=insecure has all capabilities, where whoever builds allows it', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox\nRUN --security=insecure mkdir /m && mount -t tmpfs none /m && echo mounted\n',
  });
  expect(await build('--allow', 'security.insecure', context.path)).toContain('mounted\n');
  // Cached or not.
  const refused = await daemon.lapstrake('build', context.path);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'Dockerfile:2: RUN --security=insecure is not allowed: security.insecure\nLeave it out',
    ),
  });
});

test('cache mounts count among the build cache, and go with it, but not while they are used', async () => {
  const use = (name: string): string =>
    `RUN --mount=type=cache,id=${name},target=/c echo cached > /c/f && touch /c/ready && until [ -e /c/go ]; do :; done`;
  await using done = await contextFolder({
    Dockerfile: 'FROM busybox\nRUN --mount=type=cache,id=done,target=/c head -c 100000 /dev/zero > /c/big\n',
  });
  await build(done.path);
  await using running = await contextFolder({ Dockerfile: `FROM busybox\n${use('running')}\n` });
  const building = daemon.lapstrake('build', running.path);
  const mounts = async (): Promise<string[]> => {
    const { stdout } = await daemon.docker('system', 'df', '-v', '--format', '{{json .BuildCache}}');
    const caches: { CacheType: string; Size: string; InUse: string }[] = JSON.parse(stdout);
    return caches
      .filter(({ CacheType }) => CacheType === 'exec.cachemount')
      .map(({ Size, InUse }) => `${Size} ${InUse}`);
  };
  await expect.poll(async () => (await mounts()).sort()).toEqual(['100kB false', '7B true']);
  await daemon.docker('builder', 'prune', '-af', '--filter', 'until=1h');
  await daemon.docker('builder', 'prune', '-af', '--filter', 'type=regular');
  expect((await mounts()).sort()).toEqual(['100kB false', '7B true']);
  const pruned = await daemon.docker('builder', 'prune', '-f');
  expect(pruned.stdout).toMatch(/Total( reclaimed space)?:\s+1\d\d(\.\d+)?kB/);
  expect(await mounts()).toEqual(['7B true']);
  await writeFile(join(await cacheMountOf(), 'go'), '');
  expect(await building).toMatchObject({ code: 0 });
  await daemon.docker('builder', 'prune', '-f');
  expect(await mounts()).toEqual([]);
});

test('docker builder prune --keep-storage leaves what was used last, as far as it fits', async () => {
  await daemon.docker('builder', 'prune', '-af');
  const contextOf = (name: string) =>
    contextFolder({ Dockerfile: `FROM busybox\nRUN dd if=/dev/zero of=/${name} bs=1k count=100 2>/dev/null\n` });
  await using one = await contextOf('one');
  await using two = await contextOf('two');
  for (const { path } of [one, two]) {
    await build('-t', 'large', path);
    await daemon.docker('rmi', 'large');
  }
  await daemon.docker('builder', 'prune', '-af', '--keep-storage', '1MB');
  const pruned = await daemon.docker('builder', 'prune', '-af', '--keep-storage', '150kB');
  expect(pruned.stdout).toMatch(/Total( reclaimed space)?:\s+10\d(\.\d+)?kB/);
  expect(await build(two.path)).toContain('Using cache');
  expect(await build(one.path)).not.toContain('Using cache');
});

test('--cache-to and --cache-from carry what is cached from one engine to another', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox\nCOPY a /\nRUN cat /proc/sys/kernel/random/uuid > /random\nCMD ["x"]\n',
    a: 'a',
  });
  await using cache = await contextFolder({});
  await build('-t', 'carried', '--cache-to', `type=local,dest=${cache.path}`, context.path);
  const random = await read('carried', '/random');
  await using other = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  const args = ['-t', 'carried', '--cache-from', `type=local,src=${cache.path}`, context.path];
  const built = await other.lapstrake('build', ...args);
  expect(built.stdout.match(/Using cache/g)).toHaveLength(3);
  expect((await other.docker('run', '--rm', 'carried', 'cat', '/random')).stdout).toBe(random);
  const [layer = ''] = await readdir(join(cache.path, 'layers'));
  await writeFile(join(cache.path, 'layers', layer), 'damaged');
  await other.docker('rmi', '-f', 'carried');
  await other.docker('builder', 'prune', '-f');
  const damaged = await other.lapstrake('build', ...args);
  expect(damaged).toMatchObject({ code: 0, stdout: expect.stringContaining('is damaged: its digest is') });
  const unknown = await other.lapstrake('build', '--cache-from', 'type=gha', context.path);
  expect(unknown.stderr).toContain('"type=gha" is no cache that can be used here: write type=local,src=FOLDER');
  expect(await other.stop()).toEqual([]);
});

/** The one folder of a cache mount that is there. */
async function cacheMountOf(): Promise<string> {
  const parent = join(daemon.root, 'build/cache-mounts');
  const [name = ''] = await readdir(parent);
  return join(parent, name);
}
