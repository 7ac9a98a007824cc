import { expect, test } from 'vitest';
import { matchesLabels, parseFilters } from './filters.ts';

test('both shapes of filters mean the same', () => {
  expect(parseFilters('{"label":{"x":true,"y":false}}')).toEqual(new Map([['label', ['x']]]));
  expect(parseFilters('{"label":["x"]}')).toEqual(new Map([['label', ['x']]]));
});

test('nothing, null and an empty text filter nothing', () => {
  for (const text of [undefined, '', 'null', '{}']) expect(parseFilters(text)).toEqual(new Map());
});

test('what is no filter is told apart', () => {
  expect(parseFilters('{')).toBeUndefined();
  expect(parseFilters('{"label":1}')).toBeUndefined();
});

test('labels are met by key, or by key and value', () => {
  expect(matchesLabels({ a: '1' }, ['a', 'a=1'])).toBe(true);
  expect(matchesLabels({ a: '1' }, ['a=2'])).toBe(false);
  expect(matchesLabels(null, ['a'])).toBe(false);
});
