import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { ask, readSecret } from './ask.ts';

function terminal() {
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    modes: [] as boolean[],
    setRawMode: (raw: boolean) => stdin.modes.push(raw),
  });
  const stderr = new PassThrough();
  return { stdin, stderr, shown: () => String(stderr.read() ?? '') };
}

it.each([
  ['ann\r', 'shown', 'ann', 'Name: ann\n'],
  ['secret\n', 'hidden', 'secret', 'Name: \n'],
  ['anx\x7fn\x1b\r', 'shown', 'ann', 'Name: anx\b \bn\n'],
  ['\x7fä\r', 'hidden', 'ä', 'Name: \n'],
] as const)('takes %j, %s', async (typed, echo, expected, printed) => {
  const { stdin, stderr, shown } = terminal();
  const answer = ask({ stdin, stderr }, 'Name: ', echo);
  stdin.write(typed);
  expect(await answer).toBe(expected);
  expect(shown()).toBe(printed);
  expect(stdin.modes).toEqual([true, false]);
});

it.each(['\x03', '\x04'])('ends at %j, and gives the terminal back', async (key) => {
  const { stdin, stderr } = terminal();
  const answer = ask({ stdin, stderr }, 'Name: ', 'hidden');
  stdin.write(`sec${key}`);
  await expect(answer).rejects.toMatchObject({ kind: 'cancelled' });
  expect(stdin.modes).toEqual([true, false]);
});

it('reads a password from a pipe, without the end of its line', async () => {
  const stdin = new PassThrough();
  stdin.end('sea chest\n');
  expect(await readSecret({ stdin })).toBe('sea chest');
});
