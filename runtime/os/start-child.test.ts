import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { closeFd, openPipe, readPipe } from './pipe.ts';
import { startChild } from './start-child.ts';

/** What a shell script writes to its descriptor 3, and the script's process. */
async function said(
  script: string,
  fds: readonly number[] = [],
): Promise<{ readonly pid: number; readonly lines: string[] }> {
  const { read, write } = openPipe();
  const pid = startChild({
    program: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin', WORD: 'ä=b' },
    fds: [write, ...fds],
  });
  await closeFd(write);
  return { pid, lines: (await text(readPipe(read))).trim().split('\n') };
}

test('a child has a session of its own, the environment that it was given, and no streams', async () => {
  const { pid, lines } = await said(
    'streams=$(readlink /proc/$$/fd/[012]); { cut -d" " -f6 /proc/$$/stat; echo "$streams"; env -u PWD; } >&3',
  );
  const [session, ...rest] = lines;
  expect(session).toBe(String(pid));
  expect(rest.filter((line) => !line.startsWith('_='))).toEqual([
    ...['/dev/null', '/dev/null', '/dev/null'],
    ...['PATH=/usr/bin:/bin', 'WORD=ä=b'],
  ]);
});

test('a child blocks and ignores no signal, though this process does', async () => {
  expect(readFileSync('/proc/self/status', 'utf8')).not.toMatch(/^SigIgn:\t0+$/m);
  const { lines } = await said('grep -E "^Sig(Blk|Ign)" /proc/self/status >&3');
  expect(lines.map((line) => line.replace(/\s+/, ' '))).toEqual([
    `SigBlk: ${'0'.repeat(16)}`,
    `SigIgn: ${'0'.repeat(16)}`,
  ]);
});

test('descriptors come in their order, where the numbers of some are those that others get', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lapstrake-child-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const names = Array.from({ length: 60 }, (_, index) => `file-${index}`);
  const fds = names.map((name) => {
    writeFileSync(join(folder, name), name);
    return openSync(join(folder, name), 'r');
  });
  const reversed = [...fds].reverse();
  const { lines } = await said(
    'ls -l /proc/$$/fd | grep -c file- >&3; for i in $(seq 4 63); do basename $(readlink /proc/$$/fd/$i) >&3; done',
    reversed,
  );
  fds.map(closeSync);
  expect(Math.min(...fds)).toBeLessThan(64);
  // Once each.
  expect(lines).toEqual(['60', ...[...names].reverse()]);
});

test('a program that is not there is an error', () => {
  expect(() => startChild({ program: '/none', args: [], env: {}, fds: [] })).toThrow(/posix_spawn \/none: ENOENT/);
});

test('nothing is left of a child that has ended', async () => {
  const { pid } = await said('exit 3');
  await expect.poll(() => isThere(pid)).toBe(false);
});

function isThere(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8') !== '';
  } catch {
    return false;
  }
}
