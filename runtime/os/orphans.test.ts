import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ChildReaper } from './child-reaper.ts';

test('what a program leaves behind is taken when it ends, and what is waited for is not', async () => {
  using reaper = new ChildReaper();
  const left = Number(execFileSync('sh', ['-c', 'sh -c "sleep 0.1; exit 3" >/dev/null & echo $!']).toString());
  const awaited = Number(execFileSync('sh', ['-c', 'sh -c "sleep 0.1; exit 4" >/dev/null & echo $!']).toString());
  const exit = reaper.wait(awaited);
  const exists = (pid: number): boolean => {
    try {
      return readFileSync(`/proc/${pid}/stat`, 'utf8') !== '';
    } catch {
      return false;
    }
  };
  await expect.poll(() => exists(left), { timeout: 15_000 }).toBe(false);
  expect((await exit).exitCode).toBe(4);
});

test.each([
  ['before', ['process', 'parent']],
  ['after', ['parent', 'process']],
])('the end of a process is known that comes %s its parent leaves it to us', async (_, order) => {
  const folder = mkdtempSync(join(tmpdir(), 'lapstrake-reaper-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  using reaper = new ChildReaper();
  // `exec cat`: a parent that takes no child of its own.
  const left = 'sh -c "read go < process; exit 5" & echo $! > pid; exec cat parent';
  execFileSync('sh', ['-c', `mkfifo process parent; sh -c '${left}' > /dev/null 2>&1 & until [ -s pid ]; do :; done`], {
    cwd: folder,
  });
  const exit = reaper.wait(Number(readFileSync(join(folder, 'pid'), 'utf8')));
  for (const fifo of order) writeFileSync(join(folder, fifo), 'go\n');
  expect(await exit).toMatchObject({ exitCode: 5 });
});

test('what is no descendant ends at once, as far as is known', async () => {
  using reaper = new ChildReaper();
  expect(await reaper.wait(process.ppid)).toMatchObject({ exitCode: 137 });
});

test('one that is disposed of leaves no listener behind', async () => {
  const before = process.listenerCount('SIGCHLD');
  {
    using reaper = new ChildReaper();
    void reaper.wait(Number(execFileSync('sh', ['-c', 'sleep 0.1 >/dev/null 2>&1 & echo $!'])));
    expect(process.listenerCount('SIGCHLD')).toBe(before + 2);
  }
  expect(process.listenerCount('SIGCHLD')).toBe(before);
});
