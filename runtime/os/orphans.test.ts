import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ChildReaper } from './child-reaper.ts';

test('what a program leaves behind is taken when it ends, and what is waited for is not', async () => {
  const reaper = new ChildReaper();
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
