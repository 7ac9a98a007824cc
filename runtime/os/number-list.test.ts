import { expect, test } from 'vitest';
import { formatList, holds, memoryNodes, parseList } from './number-list.ts';

test('lists are read and written as the kernel has them', () => {
  expect(parseList('0-2, 4')).toEqual([
    { first: 0, last: 2 },
    { first: 4, last: 4 },
  ]);
  for (const none of ['', 'a', '2-1', '1-', '0,', '-1']) expect(parseList(none)).toBeUndefined();
  expect(formatList([0, 1, 2, 4, 6, 7])).toBe('0-2,4,6-7');
  expect(formatList([])).toBe('');
});

test('a range is there when all of it is', () => {
  expect(holds([0, 1, 3], { first: 0, last: 1 })).toBe(true);
  expect(holds([0, 1, 3], { first: 1, last: 3 })).toBe(false);
  expect(holds([0], { first: 0, last: 2 ** 40 })).toBe(false);
});

test('this machine has memory', async () => {
  expect((await memoryNodes()).length).toBeGreaterThan(0);
});
