import { expect, test } from 'vitest';
import { logRotation, wantsCompressedLogs } from './log-options.ts';

test.each([
  ['', {}, { maxSize: 0, maxFiles: 1 }],
  ['json-file', { 'max-size': '10m', 'max-file': '3' }, { maxSize: 10_000_000, maxFiles: 3 }],
  ['json-file', { 'max-size': '1.5KB' }, { maxSize: 1500, maxFiles: 1 }],
  ['json-file', { 'max-size': '512' }, { maxSize: 512, maxFiles: 1 }],
  ['local', {}, { maxSize: 20_000_000, maxFiles: 5 }],
  ['local', { 'max-size': '2g' }, { maxSize: 2_000_000_000, maxFiles: 5 }],
  ['none', { 'max-size': 'whatever' }, undefined],
])('%s with %j', (Type, Config, expected) => {
  expect(logRotation({ Type, Config })).toEqual(expected);
});

test.each([
  ['syslog', {}, "logger: no log driver named 'syslog' is registered"],
  ['json-file', { 'max-siz': '1m' }, "unknown log opt 'max-siz' for json-file log driver"],
  ['local', { labels: 'x' }, "unknown log opt 'labels' for local log driver"],
  ['json-file', { 'max-size': 'lots' }, "invalid size: 'lots'"],
  ['json-file', { 'max-size': '-1' }, 'max-size must be a positive number'],
  ['json-file', { 'max-file': '0' }, 'max-file cannot be less than 1'],
  ['json-file', { 'max-file': 'two' }, 'strconv.Atoi: parsing "two": invalid syntax'],
  ['json-file', { compress: 'maybe' }, 'strconv.ParseBool: parsing "maybe"'],
  ['json-file', { compress: 'true', 'max-size': '1m' }, 'compress cannot be true when max-file is less than 2'],
  ['json-file', { mode: 'fast' }, 'logging mode not supported: fast'],
  ['json-file', { 'max-buffer-size': '1m' }, "only supported with 'mode=non-blocking'"],
])('%s with %j is refused', (Type, Config, message) => {
  expect(() => logRotation({ Type, Config })).toThrow(message);
});

test('who asks for compressed logs is known', () => {
  expect(wantsCompressedLogs({ Type: 'local', Config: {} })).toBe(false);
  expect(wantsCompressedLogs({ Type: 'local', Config: { compress: 'true' } })).toBe(true);
  expect(wantsCompressedLogs({ Type: 'local', Config: { compress: 'false' } })).toBe(false);
});
