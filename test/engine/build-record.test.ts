// How an image was built is kept as long as the image; where a RUN fails, what there was before can be entered.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BuildRecord } from '../../protocol/build-record.ts';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
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

async function recordOf(image: string): Promise<unknown> {
  return imageFact(image, 'build');
}

async function imageFact(image: string, fact: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)('curl', [
    ...['-s', '--unix-socket', daemon.socket, `http://x/lapstrake/images/${image}/${fact}`],
  ]);
  return JSON.parse(stdout);
}

test('the users of an image are those of its /etc/passwd', async () => {
  await using context = await contextFolder({
    Dockerfile: "FROM busybox\nRUN echo 'shop:x:7:7::/:/bin/sh' >> /etc/passwd; echo 'broken' >> /etc/passwd\n",
    'empty/Dockerfile': 'FROM scratch\nLABEL a=b\n',
  });
  expect(await daemon.lapstrake('build', '-t', 'peopled', context.path)).toMatchObject({ code: 0 });
  expect(await imageFact('peopled', 'users')).toMatchObject({ users: expect.arrayContaining(['root', 'shop']) });
  expect(await imageFact('peopled', 'users')).not.toMatchObject({ users: expect.arrayContaining(['broken']) });
  await daemon.lapstrake('build', '-t', 'deserted', `${context.path}/empty`);
  expect(await imageFact('deserted', 'users')).toEqual({ users: [] });
  expect(await imageFact('nobody/knows', 'users')).toMatchObject({ message: expect.stringContaining('No such image') });
});

test('each instruction is recorded with its key, inputs, layer, time, exit code and output', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox AS one\nARG WHO=you\nCOPY a b /d/\nRUN echo hello $WHO; echo x > /x\nCMD ["sh"]\n',
    a: 'a',
    b: 'bb',
  });
  expect(await daemon.lapstrake('build', '-t', 'recorded', context.path)).toMatchObject({ code: 0 });
  const { steps, platform } = BuildRecord.parse(await recordOf('recorded'));
  expect(platform).toMatch(/^linux\//);
  const [, copy, run, cmd] = steps;
  expect(steps.map(({ number, line, cached }) => [number, line, cached])).toEqual([
    [2, 2, false],
    [3, 3, false],
    [4, 4, false],
    [5, 5, false],
  ]);
  expect(copy).toMatchObject({ text: 'COPY a b /d/', stage: 'one', bytes: 3, files: 2, log: '' });
  expect(copy?.inputs.filter(({ kind }) => kind === 'file').map(({ label }) => label)).toEqual(['a', 'b']);
  expect(run).toMatchObject({ exitCode: 0, log: 'hello you\n', bytes: 2, diffId: expect.stringMatching(/^sha256:/) });
  expect(run?.inputs).toContainEqual({ kind: 'argument', name: 'WHO', value: 'you' });
  expect(run?.milliseconds).toBeGreaterThan(0);
  expect(cmd).not.toHaveProperty('diffId');

  await context.write({
    Dockerfile: 'FROM busybox AS one\nARG WHO=you\nCOPY a b /d/\nRUN echo hello $WHO; echo x > /x\nCMD ["no"]\n',
  });
  await daemon.lapstrake('build', '-t', 'other', context.path);
  const { steps: again } = BuildRecord.parse(await recordOf('other'));
  expect(again[2], 'what was cached is told as when it was made').toEqual({ ...run, cached: true });

  const shown = await daemon.lapstrake('build-record', 'recorded');
  expect(shown.stdout).toMatch(/^4 +4 +\d+\.\d\ds +2B +1 +0 +no +[0-9a-f]{12} +RUN echo hello/m);
  const step = await daemon.lapstrake('build-record', '--step', '4', 'recorded');
  expect(step.stdout).toContain('  argument WHO: you\n');
  expect(step.stdout).toContain('output:\nhello you\n');

  const { stdout: id } = await daemon.docker('images', '-q', '--no-trunc', 'recorded');
  await daemon.docker('rmi', 'recorded');
  await expect.poll(() => recordOf(id.trim())).toEqual({ message: `No such image: ${id.trim()}` });
  expect(await recordOf('busybox')).toEqual({
    message: 'image busybox was not built by this engine: only built images have a record',
  });
});

test('--shell-on-failure opens a shell in what there was before, with the user, folder and variables', async () => {
  await using context = await contextFolder({
    Dockerfile:
      'FROM busybox\nARG WHO=you\nRUN echo made > /made\nWORKDIR /tmp\nUSER 7\nRUN echo broken >&2; touch /tmp/after; exit 3\n',
  });
  const { code, stdout, stderr } = await daemon.lapstrakeWith(
    'cat /made; pwd; id -u; echo $WHO; ls /tmp\n',
    ...['build', '--shell-on-failure', context.path],
  );
  expect(code).toBe(1);
  expect(stdout).toMatch(/broken\n/);
  expect(stderr).toContain(`${context.path}/Dockerfile:6: The command`);
  expect(stderr).toContain('returned a non-zero code: 3');
  expect(stdout.slice(stdout.lastIndexOf('broken\n'))).toBe('broken\nmade\n/tmp\n7\nyou\n');
  expect((await daemon.docker('images', '-aq', '--filter', 'dangling=true')).stdout, 'its image is gone').toBe('');
});
