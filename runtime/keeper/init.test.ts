import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watch } from '../sandbox/sandbox-under-test.test-support.ts';

// The keeper's program under its other name: process 1 of a container that asks for one.

const PROGRAM = join(import.meta.dirname, `bin/keeper-${process.arch}`);

function init(...command: readonly string[]): ChildProcess & { readonly stdout: NodeJS.ReadableStream } {
  return spawn(PROGRAM, command, { argv0: '/sbin/docker-init', stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<{ readonly code: unknown; readonly err: string }> {
  child.stdout?.resume();
  const err = watch(child.stderr!);
  const [code] = await once(child, 'exit');
  return { code, err: await err.end };
}

test.each([
  [['--', 'sh', '-c', 'exit 7'], 7, ''],
  [['sh', '-c', 'exit 8'], 8, ''],
  [['--', 'sh', '-c', 'kill -9 $$'], 137, ''],
  [['--', 'no-such-program'], 127, 'exec no-such-program failed: No such file or directory'],
  [['--', '/no/such'], 127, 'exec /no/such failed'],
  [['--', '/etc/passwd'], 126, 'exec /etc/passwd failed: it cannot be executed'],
])('%j ends with %s', async (command, code, message) => {
  const end = await ended(init(...command));
  expect(end.code).toBe(code);
  expect(end.err).toContain(message);
});

test.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGWINCH'] as const)('the command gets %s', async (signal) => {
  // A shell's child that is no `sleep` yet may still take a SIGTERM for the shell's trap, and sleep on.
  const script = `trap 'echo got; kill -9 $!; exit 3' ${signal.slice(3)}; sleep 1000 & echo up; wait`;
  const child = init('--', 'sh', '-c', script);
  const out = watch(child.stdout as never);
  await out.has('up\n');
  const end = ended(child);
  child.kill(signal);
  expect((await end).code).toBe(3);
  expect(await out.end).toContain('got\n');
});

test('signals are the command’s as if it had no init', async () => {
  const child = init('--', 'cat', '/proc/self/status');
  const out = watch(child.stdout as never);
  await ended(child);
  const status = await out.end;
  expect(status).toMatch(/^SigBlk:\t0+$/m);
  // Node's own children ignore none either.
  expect(status).toMatch(/^SigIgn:\t0+$/m);
});

test('orphans are waited for while the command runs on', async () => {
  const script = 'sh -c "true &"; echo started; sleep 1000';
  const child = init('--', 'sh', '-c', script);
  const out = watch(child.stdout as never);
  await out.has('started\n');
  const children = async (): Promise<string> => {
    const of = `/proc/${child.pid}/task/${child.pid}/children`;
    return (await readFile(of, 'utf8')).trim();
  };
  // The shell alone is left.
  await expect.poll(children).toMatch(/^\d+$/);
  const [shell] = (await children()).split(' ');
  process.kill(-Number(shell), 'SIGKILL');
  expect((await ended(child)).code).toBe(137);
});
