import { expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../archive/limits.ts';
import { LIMIT_NAMES, parseLimits } from './limits.ts';

it('takes each limit by name, with a unit or without, and leaves the others as they are', () => {
  expect(parseLimits([])).toEqual(DEFAULT_LIMITS);
  expect(parseLimits(['layer-bytes=8g', 'archive-entries=10', 'layer-bytes=1M'])).toEqual({
    ...DEFAULT_LIMITS,
    layerBytes: 2 ** 20,
    archiveEntries: 10,
  });
  expect(LIMIT_NAMES).toHaveLength(Object.keys(DEFAULT_LIMITS).length);
});

it.each([
  '',
  'layer-bytes',
  'layer-bytes=',
  'layer-bytes=0',
  'layer-bytes=-1',
  'layer-bytes=1x',
  'constructor=1',
  'layers=1',
])('refuses %j', (text) => {
  expect(() => parseLimits([text])).toThrow('--limit: NAME=N');
});
