import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveCopy } from '../../core/plan/resolve-copy.ts';
import { readOriginTree } from './origin-tree.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-origin-'));
  for (const folder of ['usr/lib/deep', 'big/never', 'work']) await mkdir(join(root, folder), { recursive: true });
  for (const file of ['usr/lib/a.so', 'usr/lib/deep/b', 'big/never/x', 'work/one.txt']) {
    await writeFile(join(root, file), 'x');
  }
  await symlink('/usr/lib', join(root, 'lib'));
  await symlink('../lib/deep', join(root, 'work/there'));
  await symlink('loop', join(root, 'loop'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function copied(...sources: string[]): Promise<string[]> {
  const tree = await readOriginTree(root, sources, new AbortController().signal);
  const request = { tree, sources, destination: '/d', intoDirectory: true, exclude: [], parents: false };
  return resolveCopy(request).files.map(({ source, destination }) => `${source} ${destination}`);
}

test('what a source means is there, through links that stay inside the root', async () => {
  expect(await copied('/lib/a.so')).toEqual(['usr/lib/a.so /d/a.so']);
  expect(await copied('/work/there/b')).toEqual(['usr/lib/deep/b /d/b']);
  expect(await copied('/lib')).toEqual(['usr/lib/a.so /d/a.so', 'usr/lib/deep /d/deep', 'usr/lib/deep/b /d/deep/b']);
  expect(await copied('/work/*.txt')).toEqual(['work/one.txt /d/one.txt']);
  expect(await copied('../../../work/one.txt')).toEqual(['work/one.txt /d/one.txt']);
});

test('what is not asked for is not read, and links in a circle are nothing', async () => {
  const tree = await readOriginTree(root, ['/work', '/loop'], new AbortController().signal);
  expect(tree.get('big')).toBeUndefined();
  expect(tree.get('work/one.txt')).toMatchObject({ type: 'file', size: 1 });
});
