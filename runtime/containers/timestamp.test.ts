import { expect, test } from 'vitest';
import { parseTimestamp } from './timestamp.ts';

test('an instant is the same number in both ways of writing it', () => {
  expect(parseTimestamp('1767323045')).toBe(1_767_323_045_000);
  expect(parseTimestamp('2026-01-02T03:04:05Z')).toBe(1_767_323_045_000);
  expect(parseTimestamp('2026-01-02T05:04:05.5+02:00')).toBe(1_767_323_045_500);
  expect(parseTimestamp('1767323045.123456789')).toBe(parseTimestamp('2026-01-02T03:04:05.123456789Z'));
  expect(parseTimestamp('-1.5')).toBe(-1500);
  expect(parseTimestamp('soon')).toBeNaN();
});

test('a microsecond makes a difference', () => {
  expect(parseTimestamp('1767323045.000001')).toBeGreaterThan(parseTimestamp('1767323045.000000'));
});
