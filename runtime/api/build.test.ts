import { expect, test } from 'vitest';
import { buildWishes } from './build-wishes.ts';
import { Query } from './query.ts';

const wishes = (query: string) => buildWishes(new Query(new URLSearchParams(query)));

test('null stands for what a client was not given', () => {
  const { ulimits, buildArgs, labels } = wishes('ulimits=null&buildargs=null&labels=null');
  expect({ ulimits, buildArgs, labels }).toEqual({ ulimits: undefined, buildArgs: {}, labels: {} });
});

test('what cannot be read is refused with its name', () => {
  expect(() => wishes('ulimits=[1]')).toThrow('invalid query: ulimits cannot be read: [1]');
});
