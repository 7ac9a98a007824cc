import { expect, it } from 'vitest';
import { EMPTY_LAYER } from '../explorer/history.ts';
import { stackOf } from './image-stacks.ts';

const entry = (size: number) => ({ id: '', created: 0, createdBy: '', comment: '', size });
const layer = (digit: string) => `sha256:${digit.repeat(64)}`;
const bytes = (...args: Parameters<typeof stackOf>) => stackOf(...args).layers.map((each) => each.bytes);

it('gives each layer the bytes of its entry, lowest first', () => {
  expect(bytes('x', [layer('a'), layer('b')], [entry(2), entry(0), entry(1)], 3)).toEqual([1, 2]);
  expect(bytes('x', [layer('a'), EMPTY_LAYER, layer('b')], [entry(2), entry(0), entry(1)], 3)).toEqual([1, 0, 2]);
});

it('knows the only layer of an imported image by the image’s size', () => {
  expect(bytes('x', [layer('a')], [entry(0)], 77)).toEqual([77]);
});

it('claims no bytes that it does not know', () => {
  expect(bytes('x', [layer('a'), layer('b')], [entry(5)], 5)).toEqual([undefined, undefined]);
  expect(bytes('x', [layer('a')], [], 5)).toEqual([undefined]);
});

it('names a layer by all that is below it', () => {
  const [one, two] = [stackOf('x', [layer('a'), layer('c')], [], 0), stackOf('y', [layer('b'), layer('c')], [], 0)];
  expect(one.layers[1]?.chain).not.toBe(two.layers[1]?.chain);
  expect(stackOf('z', [layer('a'), layer('c'), layer('d')], [], 0).layers.slice(0, 2)).toEqual(one.layers);
});
