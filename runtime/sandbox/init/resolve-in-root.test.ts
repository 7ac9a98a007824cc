import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveInRoot } from './resolve-in-root.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lapstrake-root-'));
  mkdirSync(join(root, 'usr/lib'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

it.each([
  ['absolute', '/etc', '/etc'],
  ['relative', '../../../../etc', '/etc'],
  ['inside', 'usr/lib', '/usr/lib'],
])('follows an %s link as the container would', (_what, target, expected) => {
  symlinkSync(target, join(root, 'link'));
  expect(resolveInRoot(root, '/link/a/b')).toBe(join(root, expected, 'a/b'));
});

it('never climbs above the root', () => {
  expect(resolveInRoot(root, '/../../x/./../y')).toBe(join(root, 'y'));
});

it('refuses a loop', () => {
  symlinkSync('/b', join(root, 'a'));
  symlinkSync('/a', join(root, 'b'));
  expect(() => resolveInRoot(root, '/a')).toThrow(/too many symbolic links/);
});
