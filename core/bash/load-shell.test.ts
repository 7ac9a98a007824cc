import { expect, it } from 'vitest';
import { shell } from './shell.test-support.ts';

it.each([
  ['a list', 'a && '.repeat(20_000)],
  ['subshells', '('.repeat(20_000)],
  ['substitutions', '$('.repeat(20_000)],
])('reads %s of more levels than the stack has room for', (_what, deep) => {
  expect(shell.read(`${deep}b`).tree.end).toBeGreaterThan(0);
  expect(shell.read('b').commands).toHaveLength(1);
});
