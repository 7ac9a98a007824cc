import { expect, test } from 'vitest';
import { isKind } from '../errors.ts';
import { ProgramError, run, start } from './spawn.ts';

test('gives what the program wrote', async () => {
  expect(await run('sh', ['-c', 'cat; echo problem >&2'], { input: 'hello' })).toEqual({
    stdout: Buffer.from('hello'),
    stderr: 'problem\n',
    exitCode: 0,
  });
});

test('an error names the program, its exit code and its last words', async () => {
  const error = await run('sh', ['-c', 'echo no such thing >&2; exit 3']).catch((e) => e);
  expect(error).toBeInstanceOf(ProgramError);
  expect(error).toMatchObject({ code: 'program-failed', program: 'sh', exitCode: 3, stderr: 'no such thing' });
});

test('a missing program is an error of its own', async () => {
  const error = await run('no-such-program-here', []).catch((e) => e);
  expect(error).toMatchObject({ kind: 'unavailable', code: 'program-missing', program: 'no-such-program-here' });
});

test('only the given environment reaches the program', async () => {
  expect((await run('/usr/bin/env', [], { env: { A: '1' } })).stdout.toString()).toBe('A=1\n');
});

test('keeps the end of a long output', async () => {
  const { stdout } = await run('sh', ['-c', 'seq 1 20000'], { maxOutput: 12 });
  expect(stdout.toString()).toBe('19999\n20000\n');
});

test('a signal ends a program that ignores SIGTERM', async () => {
  const abort = new AbortController();
  const program = await start('sh', ['-c', 'trap "" TERM; echo ready; while :; do :; done'], {
    signal: abort.signal,
    killAfter: 20,
  });
  program.stdout!.once('data', () => abort.abort());
  const error = await program.exited.catch((e) => e);
  expect(isKind(error, 'cancelled')).toBe(true);
  expect(() => process.kill(program.pid, 0)).toThrow();
});

test('a signal that came before starts nothing', async () => {
  const error = await run('true', [], { signal: AbortSignal.abort() }).catch((e) => e);
  expect(isKind(error, 'cancelled')).toBe(true);
});

test('an end by a signal is 128 and its number', async () => {
  const program = await start('sleep', ['60']);
  program.kill('SIGKILL');
  expect(await program.exited).toBe(137);
});
