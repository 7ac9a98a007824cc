import { describe, expect, it } from 'vitest';
import { cleanPath, pathInRoot } from './clean-path.ts';
import { goMatch, hasWildcard } from './go-match.ts';

describe('goMatch', () => {
  it.each([
    ['abc', 'abc', true],
    ['*', 'abc', true],
    ['*c', 'abc', true],
    ['a*', 'ab/c', false],
    ['a*/b', 'abc/b', true],
    ['a*b*c*d*e*/f', 'axbxcxdxe/f', true],
    ['a*b*c*d*e*/f', 'axbxcxdxexxx/fff', false],
    ['a*b?c*x', 'abxbbxdbxebxczzx', true],
    ['a*b?c*x', 'abxbbxdbxebxczzy', false],
    ['ab[c]', 'abc', true],
    ['ab[e-g]', 'abc', false],
    ['ab[^c]', 'abc', false],
    ['ab[^e-g]', 'abc', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'ab', false],
    ['a?b', 'a☺b', true],
    ['a[^a]b', 'a☺b', true],
    ['a???b', 'a☺b', false],
    ['[a-ζ]*', 'α', true],
    ['*[a-ζ]', 'A', false],
    ['a?b', 'a/b', false],
    ['a*b', 'a/b', false],
    ['[\\]a]', ']', true],
    ['[\\-]', '-', true],
    ['[x\\-]', 'z', false],
    ['[!a]', '!', true],
    ['*x', 'xxx', true],
    ['', '', true],
    ['**', 'ab', true],
    ['a[^/]b', 'a/b', false],
  ])('%j on %j is %j', (pattern, name, expected) => {
    expect(goMatch(pattern, name)).toBe(expected);
  });

  it.each(['[]a]', '[-]', '[x-]', '[-x]', '\\', '[a-b-c]', '[', '[^', '[^bc', 'a[', '[a-]'])(
    'refuses %j',
    (pattern) => {
      expect(goMatch(pattern, 'a')).toBeUndefined();
    },
  );

  it('takes time linear in the name for many stars', () => {
    expect(goMatch(`${'a*'.repeat(30)}b`, 'a'.repeat(20_000))).toBe(false);
  });
});

describe('hasWildcard', () => {
  it('looks past escapes', () => {
    expect(['a*', 'a?', '[', 'a\\*', 'plain'].map(hasWildcard)).toEqual([true, true, true, false, false]);
  });
});

describe('cleanPath', () => {
  it.each([
    ['', '.'],
    ['.', '.'],
    ['/', '/'],
    ['a//b/../c/.', 'a/c'],
    ['../a/..', '..'],
    ['/../a', '/a'],
    ['../../a', '../../a'],
    ['a/..', '.'],
  ])('%j is %j', (path, expected) => {
    expect(cleanPath(path)).toBe(expected);
  });

  it('never leaves the root', () => {
    expect(['../x', '/a/../../b', './', '.'].map(pathInRoot)).toEqual(['x', 'b', '', '']);
  });
});
