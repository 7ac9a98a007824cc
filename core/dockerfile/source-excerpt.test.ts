import { expect, test } from 'vitest';
import { excerptOf, formatExcerpt } from './source-excerpt.ts';

const LINES = Array.from({ length: 12 }, (_, at) => `line ${at + 1}`);

const shown = (start: number, end = start): string => {
  const about = { start: start - 1, end: end - 1 };
  return formatExcerpt('Dockerfile', excerptOf(LINES, about), about);
};

test('a line is shown with two before and two after it, several with one each, as BuildKit does', () => {
  expect(shown(6)).toBe(
    [
      ...['Dockerfile:6', '--------------------'],
      ...['   4 |     line 4', '   5 |     line 5', '   6 | >>> line 6', '   7 |     line 7', '   8 |     line 8'],
      '--------------------',
    ].join('\n'),
  );
  expect(shown(6, 7).split('\n').slice(2, -1)).toEqual([
    ...['   5 |     line 5', '   6 | >>> line 6', '   7 | >>> line 7', '   8 |     line 8'],
  ]);
  expect(shown(12).split('\n').slice(2, -1)).toEqual([
    ...['  10 |     line 10', '  11 |     line 11', '  12 | >>> line 12'],
  ]);
});
