import { expect, it } from 'vitest';
import { freedBytes } from './freed-bytes.ts';

const layer = (chain: string, bytes: number | undefined) => ({ chain, bytes });
const base = layer('base', 100);
const images = [
  { id: 'one', layers: [base, layer('one', 10)] },
  { id: 'two', layers: [base, layer('two', 20)] },
  { id: 'other', layers: [layer('other', 7)] },
];

it.each([
  [[], 0],
  [['one'], 10],
  [['one', 'other'], 17],
  [['one', 'two'], 130],
  [['one', 'two', 'other'], 137],
  [['nobody'], 0],
])('removing %j frees %i bytes', (removed, bytes) => {
  expect(freedBytes(images, new Set(removed))).toEqual({ bytes, atLeast: false });
});

it('says where a size is unknown, unless another image knows it', () => {
  const unknown = { id: 'three', layers: [layer('base', undefined), layer('three', undefined)] };
  expect(freedBytes([unknown], new Set(['three']))).toEqual({ bytes: 0, atLeast: true });
  const known = { id: 'four', layers: [base, layer('three', 5)] };
  expect(freedBytes([unknown, known], new Set(['three', 'four']))).toEqual({ bytes: 105, atLeast: false });
});
