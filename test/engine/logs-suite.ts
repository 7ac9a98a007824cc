import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import type { RealDaemon } from './real-daemon.ts';

/** What the docker command line shows of what containers write, by log driver, while files are moved aside. */
export function testLogs(of: () => RealDaemon): void {
  async function ok(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await of().docker(...args);
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout.trim();
  }

  const numbers = (from: number, to: number): string[] =>
    Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  const rotated = (size: string, files: string): string[] => [
    '--log-opt',
    `max-size=${size}`,
    '--log-opt',
    `max-file=${files}`,
  ];
  /** Files of a container's log, the newest first. */
  async function logFiles(name: string): Promise<string[]> {
    const id = await ok('inspect', '-f', '{{.Id}}', name);
    const folder = join(of().root, 'containers', id);
    const names = (await readdir(folder)).filter((each) => each.startsWith(`${id}-json.log`));
    return names.sort().map((each) => join(folder, each));
  }

  test('a log is kept in so many files of such a size, and read across them', async () => {
    await ok('run', '--name', 'cut', ...rotated('4k', '3'), 'busybox', 'seq', '1', '1000');
    const files = await logFiles('cut');
    expect(files.map((each) => basename(each).replace(/^.*log/, ''))).toEqual(['', '.1', '.2']);
    for (const file of files) {
      const text = await readFile(file, 'utf8');
      expect(text.length).toBeLessThan(4200);
      for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('log');
    }
    const shown = (await ok('logs', 'cut')).split('\n');
    expect(shown.length).toBeGreaterThan(100);
    expect(shown).toEqual(numbers(1001 - shown.length, 1000));
    const tail = (await ok('logs', '--tail', '80', 'cut')).split('\n');
    expect(tail).toEqual(numbers(921, 1000));
    const [, time = ''] = /^(\S+) 950$/m.exec(await ok('logs', '-t', 'cut')) ?? [];
    expect((await ok('logs', '--since', time, 'cut')).split('\n').slice(-51)).toEqual(numbers(950, 1000));
    const path = await ok('inspect', '-f', '{{.LogPath}}', 'cut');
    expect(path).toBe(files[0]);
    expect(dirname(path)).toContain(of().root);
    await ok('rm', 'cut');
  });

  test('who follows misses no line while files are moved aside', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'followed',
      ...rotated('2k', '100'),
      'busybox',
      'sh',
      '-c',
      'until [ -e /go ]; do usleep 20000; done; seq 1 2000; sleep 0.1; seq 2001 2100',
    );
    const [followed] = await Promise.all([ok('logs', '-f', 'followed'), ok('exec', 'followed', 'touch', '/go')]);
    expect(followed.split('\n')).toEqual(numbers(1, 2100));
    expect((await logFiles('followed')).length).toBeGreaterThan(50);
    await ok('rm', 'followed');
  });

  test('with one file its last line stays, and a container that starts again goes on in it', async () => {
    await ok('run', '--name', 'single', '--log-opt', 'max-size=100', 'busybox', 'seq', '1', '50');
    expect(await ok('logs', '--tail', '1', 'single')).toBe('50');
    expect(await logFiles('single')).toHaveLength(1);
    await ok('start', '-a', 'single');
    expect(await ok('logs', '--tail', '1', 'single')).toBe('50');
    await ok('rm', 'single');
  });

  test('the driver local rotates by itself, and none keeps nothing', async () => {
    await ok(
      'run',
      '--name',
      'local',
      '--log-driver',
      'local',
      '--log-opt',
      'max-size=1k',
      'busybox',
      'seq',
      '1',
      '200',
    );
    expect((await ok('logs', '--tail', '20', 'local')).split('\n')).toEqual(numbers(181, 200));
    expect(await logFiles('local')).toHaveLength(5);
    expect(await ok('inspect', '-f', '{{.LogPath}}', 'local')).toBe('');
    const mute = await of().docker('run', '--name', 'mute', '--log-driver', 'none', 'busybox', 'echo', 'seen once');
    expect(mute.stdout).toBe('seen once\n');
    expect(await logFiles('mute')).toEqual([]);
    const logs = await of().docker('logs', 'mute');
    expect(logs.code).not.toBe(0);
    expect(logs.stderr).toContain('configured logging driver does not support reading');
    await ok('rm', 'local', 'mute');
  });
}
