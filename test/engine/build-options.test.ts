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

test('what BuildKit’s checks find is told at the end of a build, in full with --debug, and not with -q', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox as base\nWORKDIR $PATH$NONE\nCMD echo\n',
    'Skipping.dockerfile': '# check=skip=all\nFROM busybox as base\nCMD echo\n',
  });
  const summary = [
    '\n 3 warnings found (use --debug to expand):',
    " - FromAsCasing: 'as' and 'FROM' keywords' casing do not match (line 1)",
    " - UndefinedVar: Usage of undefined variable '$NONE' (line 2)",
    ' - JSONArgsRecommended: JSON arguments recommended for CMD to prevent unintended behavior related to OS signals (line 3)\n',
  ].join('\n');
  for (const _ of ['built', 'unchanged']) {
    const said = await build('-t', 'checked', context.path);
    expect(said.slice(said.indexOf('Successfully tagged checked:latest\n'))).toBe(
      `Successfully tagged checked:latest\n${summary}`,
    );
  }
  expect(await build('-q', context.path)).toMatch(/^sha256:\w{64}\n$/);
  expect(await build('-f', join(context.path, 'Skipping.dockerfile'), context.path)).not.toContain('warning');
  const skip = 'BUILDKIT_DOCKERFILE_CHECK=skip=FromAsCasing,JSONArgsRecommended';
  expect(await build('--debug', '--build-arg', skip, context.path)).toContain(
    [
      '\n 1 warning found:',
      " - UndefinedVar: Usage of undefined variable '$NONE' (line 2)",
      'Variables should be defined before their use',
      'More info: https://docs.docker.com/go/dockerfile/rule/undefined-var/',
      `${join(context.path, 'Dockerfile')}:2`,
      '--------------------',
      '   1 |     FROM busybox as base',
      '   2 | >>> WORKDIR $PATH$NONE',
    ].join('\n'),
  );
  const failing = ['build', '--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=skip=UndefinedVar,FromAsCasing;error=true'];
  expect(await daemon.lapstrake(...failing, context.path)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Dockerfile:3: lint violation found for rules: JSONArgsRecommended'),
  });
  const unread = await daemon.lapstrake('build', '--build-arg', 'BUILDKIT_DOCKERFILE_CHECK=nothing', context.path);
  expect(unread).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('failed to parse BUILDKIT_DOCKERFILE_CHECK: invalid check option "nothing"'),
  });
});

test('--check tells what BuildKit’s checks find in every stage, and builds nothing', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox AS one\nCMD echo\nFROM one\nRUN exit 1\n',
    'Fine.dockerfile': 'FROM busybox\nCOPY gone /\n',
    'Wrong.dockerfile': 'FROM busybox as one\nFRO\n',
  });
  const check = (file: string, ...more: readonly string[]) =>
    daemon.lapstrake('build', '--check', '-f', join(context.path, file), ...more, context.path);
  expect(await check('Dockerfile')).toEqual({
    code: 1,
    stderr: '',
    stdout: [
      'Check complete, 1 warning has been found!\n',
      'WARNING: JSONArgsRecommended - https://docs.docker.com/go/dockerfile/rule/json-args-recommended/',
      'JSON arguments recommended for CMD to prevent unintended behavior related to OS signals',
      `${join(context.path, 'Dockerfile')}:2`,
      '--------------------',
      '   1 |     FROM busybox AS one',
      '   2 | >>> CMD echo',
      '   3 |     FROM one',
      '   4 |     RUN exit 1',
      '--------------------\n',
    ].join('\n'),
  });
  const fine = { code: 0, stderr: '', stdout: 'Check complete, no warnings found.\n' };
  expect(await check('Fine.dockerfile')).toEqual(fine);
  expect(
    await daemon.lapstrake(
      'build',
      '--call',
      'check',
      '--build-arg',
      'BUILDKIT_DOCKERFILE_CHECK=skip=all',
      context.path,
    ),
  ).toEqual(fine);
  expect(await check('Wrong.dockerfile')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Wrong.dockerfile:2: dockerfile parse error on line 2: unknown instruction: FRO'),
  });
});

test('BUILDKIT_SYNTAX counts in the place of the syntax directive', async () => {
  await using context = await contextFolder({ Dockerfile: '# syntax=example.org/own:1\nFROM scratch\nENV A=1\n' });
  const unused = (frontend: string): string => `the frontend ${frontend} is not used`;
  expect(await build(context.path)).toContain(`[Warning] line 1: ${unused('example.org/own:1')}`);
  const named = await build('--build-arg', 'BUILDKIT_SYNTAX=example.org/other:2 --flag', context.path);
  expect(named).toContain(`[Warning] ${unused('example.org/other:2')}`);
  expect(await build('--build-arg', 'BUILDKIT_SYNTAX=dockerfile.v0', context.path)).not.toContain('[Warning]');
});

test('BUILDKIT_SANDBOX_HOSTNAME names RUN’s machine, BUILDKIT_CACHE_MOUNT_NS sets cache mounts apart', async () => {
  await using context = await contextFolder({
    Dockerfile: [
      'FROM busybox',
      'RUN hostname > /name; grep -c build.example /etc/hosts > /known || true',
      'RUN --mount=type=cache,target=/cache cat /proc/sys/kernel/random/uuid >> /cache/x; wc -l < /cache/x > /count\n',
    ].join('\n'),
  });
  const args = (...given: readonly string[]) => given.flatMap((each) => ['--build-arg', `BUILDKIT_${each}`]);
  const named = args('SANDBOX_HOSTNAME=build.example', 'CACHE_MOUNT_NS=one');
  await build('-t', 'args', ...named, context.path);
  expect(await read('args', '/name')).toBe('build.example\n');
  expect(await read('args', '/known')).toBe('1\n');
  const counted = async (...given: readonly string[]): Promise<string> => {
    await build('-t', 'args', ...given, context.path);
    return (await read('args', '/count')).trim();
  };
  expect(await counted('--no-cache', ...named)).toBe('2');
  expect(await counted(...args('SANDBOX_HOSTNAME=build.example', 'CACHE_MOUNT_NS=two'))).toBe('1');
  expect(await build(...named, context.path)).toMatch(/Using cache[\s\S]+Using cache/);
  const refused = await daemon.lapstrake('build', ...args('MULTI_PLATFORM=maybe'), context.path);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('invalid boolean value for multi-platform'),
  });
  const one = await build(...args('MULTI_PLATFORM=1', 'BUILD_NAME=mine'), context.path);
  expect(one).toContain('[Warning] BUILDKIT_MULTI_PLATFORM is not used');
  expect(one).toContain('[Warning] BUILDKIT_BUILD_NAME mine is not used');
  await daemon.docker('builder', 'prune', '-af');
});

test('shares of the processors below 0 are refused, with the value in a word of its own', async () => {
  await using context = await contextFolder({ Dockerfile: 'FROM scratch\n' });
  expect(await daemon.lapstrake('build', '--cpu-shares', '-5', context.path)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('shares: invalid argument: CPU shares are not below 0, as -5 is'),
  });
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
