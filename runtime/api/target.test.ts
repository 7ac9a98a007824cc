import { expect, test } from 'vitest';
import { parseTarget } from './target.ts';

test('the version is optional', () => {
  expect(parseTarget('/v1.41/containers/json?all=1').path).toBe('/containers/json');
  expect(parseTarget('/containers/json').path).toBe('/containers/json');
});

test('a version above ours is refused with what we speak', () => {
  expect(() => parseTarget('/v1.99/info')).toThrow('Maximum supported API version is 1.41');
});
