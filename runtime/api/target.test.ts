import { expect, test } from 'vitest';
import { parseTarget } from './target.ts';
import { API_VERSION, MIN_API_VERSION } from './version.ts';

test('the version in front of a path is taken off and kept', () => {
  const versioned = parseTarget('/v1.40/containers/json?all=1');
  expect(versioned.path).toBe('/containers/json');
  expect(versioned.query.get('all')).toBe('1');
  expect(String(versioned.version)).toBe('1.40');
});

test('a path without a version is answered as our newest', () => {
  expect(parseTarget('/_ping').path).toBe('/_ping');
  expect(String(parseTarget('/_ping').version)).toBe(API_VERSION);
});

test('versions are compared as numbers', () => {
  const { version } = parseTarget('/v1.30/info');
  expect(version.atLeast('1.9')).toBe(true);
  expect(version.atLeast('1.30')).toBe(true);
  expect(version.atLeast('1.31')).toBe(false);
});

test('versions that we do not speak are refused in the words that clients know', () => {
  expect(() => parseTarget('/v1.99/info')).toThrow(
    `client version 1.99 is too new. Maximum supported API version is ${API_VERSION}`,
  );
  expect(() => parseTarget('/v2.0/info')).toThrow('client version 2.0 is too new');
  expect(() => parseTarget('/v1.23/info')).toThrow(
    `client version 1.23 is too old. Minimum supported API version is ${MIN_API_VERSION}`,
  );
});
