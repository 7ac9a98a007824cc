import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hasEnded } from './process-tree.ts';

test('a process has ended when it has, whether somebody asked for its end or not', async () => {
  expect(await hasEnded(process.pid)).toBe(false);
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 100']);
  const [child] = await once(parent.stdout, 'data');
  await expect.poll(() => hasEnded(Number(child))).toBe(true);
  const { pid = 0 } = parent;
  expect(await hasEnded(pid)).toBe(false);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  expect(await hasEnded(pid)).toBe(true);
});
