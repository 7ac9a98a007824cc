import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolderDurably, removeTemporaryFiles, writeFileAtomically } from './atomic-file.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-atomic-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('whoever reads a file that is written again and again finds one of its contents, whole', async () => {
  const path = join(root, 'f');
  const contents = ['a'.repeat(100_000), 'b'.repeat(50_000)];
  await writeFileAtomically(path, contents[0]!);
  const writing = (async () => {
    for (let round = 0; round < 20; round++) await writeFileAtomically(path, contents[round % 2]!);
  })();
  for (let round = 0; round < 100; round++) expect(contents).toContain(await readFile(path, 'utf8'));
  await writing;
  expect(await readdir(root)).toEqual(['f']);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a write that fails leaves nothing', async () => {
  await makeFolderDurably(join(root, 'in/the/way'));
  await expect(writeFileAtomically(join(root, 'in'), 'x')).rejects.toMatchObject({ code: 'EISDIR' });
  expect(await readdir(root)).toEqual(['in']);
});

test('what interrupted writes left is removed, and nothing else', async () => {
  for (const name of ['.a.tmp', '.hidden', 'b.tmp']) await writeFile(join(root, name), '');
  expect(await removeTemporaryFiles(root)).toEqual([join(root, '.a.tmp')]);
  expect((await readdir(root)).sort()).toEqual(['.hidden', 'b.tmp']);
  expect(await removeTemporaryFiles(join(root, 'missing'))).toEqual([]);
});
