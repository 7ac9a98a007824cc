import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { daemonEnvironment, LaunchError, launch } from './launch.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-launch-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function options(program: string) {
  await writeFile(join(folder, 'daemon.js'), program);
  return {
    program: join(folder, 'daemon.js'),
    address: { socket: join(folder, 'a.sock'), root: join(folder, 'root') },
    sandbox: 'auto',
    storage: 'vfs',
    registryMirrors: ['http://127.0.0.1:5000'],
    insecureRegistries: [],
    logFile: join(folder, 'logs', 'lapstraked.log'),
  };
}

it('resolves once the engine says that it listens, with the flags given', async () => {
  const given = await options(`
    console.log(process.argv.slice(2).join(' '));
    console.log('listening on unix:///x, pid ' + process.pid);
    setInterval(() => {}, 1000);
  `);
  await launch(given, AbortSignal.timeout(10_000));
  const log = await readFile(given.logFile, 'utf8');
  expect(log).toContain(
    `--host unix://${folder}/a.sock --root ${folder}/root --sandbox auto --storage vfs --registry-mirror http://127.0.0.1:5000`,
  );
  process.kill(Number(/pid (\d+)/.exec(log)?.[1]));
});

it('rejects with the end of its output where the engine ends first', async () => {
  const given = await options("console.error('cgroups are not mounted'); process.exitCode = 3;");
  const error = await launch(given, AbortSignal.timeout(10_000)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LaunchError);
  expect(error).toMatchObject({
    message: expect.stringContaining('exit code 3'),
    output: expect.stringContaining('cgroups'),
  });
});

it("hands on the environment without the editor's own variables", () => {
  expect(
    daemonEnvironment({ PATH: '/bin', VSCODE_IPC_HOOK: 'x', ELECTRON_NO_ASAR: '1', NODE_OPTIONS: '-r x' }),
  ).toEqual({ PATH: '/bin', ELECTRON_RUN_AS_NODE: '1' });
});
