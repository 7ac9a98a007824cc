// `lapstrake build` as its users start it: by the small program that hands the command line to the engine.
import { execFile, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { type ContextFolder, contextFolder } from './build-context.ts';
import { type CommandResult, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const FRONT = resolve(import.meta.dirname, `../../runtime/keeper/bin/keeper-${process.arch}`);

let registry: Awaited<ReturnType<typeof prepareBaseImages>>;
let daemon: RealDaemon;
/** Stands where the real command line does, and says what it is called with. */
let standIn: ContextFolder;
beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl]);
  standIn = await contextFolder({ 'script.cjs': 'console.log("left to node:", process.argv.slice(2).join(" "));' });
});
afterAll(async () => {
  expect(await daemon?.stop()).toEqual([]);
  await registry?.stop();
  await standIn?.[Symbol.asyncDispose]();
});

const argsOf = (words: readonly string[], socket = daemon.socket): string[] => [
  ...['--front', join(standIn.path, 'script.cjs'), '--host', `unix://${socket}`],
  ...words,
];

async function front(words: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  const env = { ...process.env, ...options.env };
  return promisify(execFile)(FRONT, argsOf(words), { ...options, env }).then(
    ({ stdout, stderr }): CommandResult => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: CommandResult): CommandResult => ({ code, stdout, stderr }),
  );
}

test('prints what the command line prints, and ends with its code', async () => {
  await using context = await contextFolder({
    Dockerfile: 'FROM busybox\nARG WHO\nRUN echo "out $WHO"; echo err >&2\nCOPY f /f\n',
    'Failing.dockerfile': 'FROM busybox\nENV A=1\nCOPY gone /\n',
    f: 'f',
  });
  const words = ['--build-arg', 'WHO', '-t', 'fronted', context.path];
  const first = await front(['build', ...words], { env: { WHO: 'grüße' } });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toContain('out grüße\nerr\n');
  const options = ['--build-arg', 'WHO=grüße', '-t', 'fronted'];
  const again = await front(['build', ...options, '.'], { cwd: context.path });
  expect(again).toEqual(await daemon.lapstrake('build', ...options, context.path));
  const failing = ['build', '-f', join(context.path, 'Failing.dockerfile'), context.path];
  const failed = await front(failing);
  expect(failed).toEqual(await daemon.lapstrake(...failing));
  expect(failed.code).toBe(1);
});

test('paths are those of the folder that it was started in', async () => {
  await using context = await contextFolder({ 'here/Other': 'FROM scratch\nCOPY gone /\n' });
  const { code, stderr } = await front(['build', '-f', 'here/Other', 'here'], { cwd: context.path });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^lapstrake: here\/Other:2: COPY failed: file not found in build context/);
});

test('what needs more of the client, or is no build, is left to Node', async () => {
  await using context = await contextFolder({ Dockerfile: 'FROM scratch\n' });
  const { path } = context;
  const left = [
    ...[
      ['build', '-'],
      ['build', '-f', '-', path],
      ['build', '--iidfile', 'x', path],
      ['build', `--file=${path}/x`, path],
    ],
    ...[['build', '--nonsense', path], ['build', join(path, 'nowhere')], ['build'], ['images'], ['--version'], []],
  ];
  for (const words of left) {
    expect(await front(words)).toEqual({
      code: 0,
      stdout: `left to node: ${argsOf(words).slice(2).join(' ')}\n`,
      stderr: '',
    });
  }
  const nobody = await promisify(execFile)(FRONT, argsOf(['build', path], join(path, 'none.sock')));
  expect(nobody.stdout, 'no engine runs').toMatch(/^left to node: /);
});

test.skipIf(process.getuid?.() !== 0)('a folder that the engine sees as another is left to Node', async () => {
  await using context = await contextFolder({ Dockerfile: 'FROM scratch\n' });
  await using other = await contextFolder({ Dockerfile: 'FROM scratch\nCOPY secret /\n' });
  const inside = `mount --bind ${other.path} ${context.path} && exec "$0" "$@"`;
  const args = ['-m', 'sh', '-c', inside, FRONT, ...argsOf(['build', context.path])];
  expect((await promisify(execFile)('unshare', args)).stdout).toMatch(/^left to node: /);
});

test('a build whose client dies is cancelled', async () => {
  await using context = await contextFolder({ Dockerfile: 'FROM busybox\nRUN echo begun; while :; do :; done\n' });
  const client = spawn(FRONT, argsOf(['build', '-t', 'orphan', context.path]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of client.stdout) {
    said += String(chunk);
    if (/^begun$/m.test(said)) break;
  }
  const running = async () =>
    (await promisify(execFile)('pgrep', ['-f', 'echo begun; while']).catch(() => ({ stdout: '' }))).stdout;
  expect(await running()).not.toBe('');
  client.kill('SIGKILL');
  await expect.poll(running, { timeout: 10_000 }).toBe('');
});
