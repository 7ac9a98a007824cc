import { expect, it } from 'vitest';
import { formatSize } from './size.ts';

it.each([
  [0, '0B'],
  [999, '999B'],
  [3216, '3.22kB'],
  [1_985_942, '1.99MB'],
  [162_000_000, '162MB'],
  [999_999, '1MB'],
  [1.5e18, '1500PB'],
])('%d bytes read %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
