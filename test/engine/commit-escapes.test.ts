// What a running container does to its files while they are read leads the daemon nowhere outside.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BaseImages, prepareBaseImages } from '../../scripts/fixtures/base-images.mjs';
import { okay } from './okay.ts';
import { command, type RealDaemon, startRealDaemon } from './real-daemon.ts';

const SECRET = 'a secret of the machine';
const ROUNDS = 4;

let registry: BaseImages;
let folder: string;

beforeAll(async () => {
  registry = await prepareBaseImages({ images: ['busybox'], builtIn: true });
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-commit-'));
  await mkdir(join(folder, 'outside/deep'), { recursive: true });
  for (const name of ['outside/file', 'outside/deep/file', 'outside/only-outside']) {
    await writeFile(join(folder, name), SECRET);
  }
});

afterAll(async () => {
  await registry?.stop();
  await rm(folder, { recursive: true, force: true });
});

const ok = async (daemon: RealDaemon, ...args: readonly string[]): Promise<string> =>
  okay(await daemon.docker(...args));

test.each(['overlay', 'vfs'] as const)(
  '%s: a commit without a pause beside a container that swaps its folders',
  async (storage) => {
    await using daemon = await startRealDaemon(['--registry-mirror', registry.registryUrl, '--storage', storage]);
    // Many files before the folder, so that it is looked at a while after its parent was.
    const attack = `
    mkdir /trap /trap/a /trap/a/deep; for n in 1 2 3 4 5 6 7 8 9; do echo $n > /trap/a/$n; done
    echo inside > /trap/a/file; echo inside > /trap/a/deep/file
    ln -s "$1" /trap/link; echo ready
    while :; do mv /trap/a /trap/b; mv -T /trap/link /trap/a; mv -T /trap/a /trap/link; mv /trap/b /trap/a; done`;
    const outside = join(folder, 'outside');
    await ok(daemon, 'run', '-d', '--name', 'trap', '--network', 'none', 'busybox', 'sh', '-c', attack, 'sh', outside);
    await expect.poll(() => ok(daemon, 'logs', 'trap')).toContain('ready');
    for (let round = 0; round < ROUNDS; round++) {
      await ok(daemon, 'commit', '--pause=false', 'trap', 'caught');
      expect(await ok(daemon, 'diff', 'trap')).not.toContain('only-outside');
      await ok(daemon, 'ps', '-s');
      const archive = join(folder, `${storage}.tar`);
      await ok(daemon, 'save', '-o', archive, 'caught');
      const { stdout } = await command('grep', ['-c', '-a', '-e', SECRET, '-e', 'only-outside', archive]);
      expect(stdout.trim()).toBe('0');
    }
    await ok(daemon, 'rm', '-f', 'trap');
    expect(await daemon.stop()).toEqual([]);
  },
);
