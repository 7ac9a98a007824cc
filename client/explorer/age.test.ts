import { expect, it } from 'vitest';
import { age } from './age.ts';

it.each([
  [0, 'now'],
  [-5, 'now'],
  [59, '59 seconds ago'],
  [3600, '1 hour ago'],
  [86_400 * 8, 'last week'],
  [86_400 * 366, 'last year'],
])('%i seconds read “%s”', (ago, words) => {
  expect(age(1_000_000_000 - ago, 1_000_000_000_000)).toBe(words);
});
