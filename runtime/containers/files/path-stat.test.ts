import { expect, test } from 'vitest';
import { absolutePath, goMode } from './path-stat.ts';

test('modes are those of Go', () => {
  expect(goMode(0o040755)).toBe(2147484141);
  expect(goMode(0o100644)).toBe(0o644);
  expect(goMode(0o120777)).toBe(2 ** 27 + 0o777);
  expect(goMode(0o020666)).toBe(2 ** 26 + 2 ** 21 + 0o666);
  expect(goMode(0o041777)).toBe(2 ** 31 + 2 ** 20 + 0o777);
});

test('a path keeps the end that says what is meant, and leads nowhere above the root', () => {
  expect(['a/b', '/a//./b/', '/a/.', '/a/../..', '', '/../etc/.'].map(absolutePath)).toEqual([
    '/a/b',
    '/a/b/',
    '/a/.',
    '/',
    '/',
    '/etc/.',
  ]);
});
