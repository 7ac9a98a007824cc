import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyUp } from './copy-up.ts';

let folder: string;
let image: string;
let volume: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lapstrake-copy-up-'));
  image = join(folder, 'image');
  volume = join(folder, 'volume/_data');
  for (const each of ['image/data/sub', 'volume/_data', 'outside/sub']) {
    await mkdir(join(folder, each), { recursive: true });
  }
  await writeFile(join(image, 'data/file'), 'the image’s');
  await writeFile(join(image, 'data/sub/file'), 'the image’s');
  await symlink('/outside', join(image, 'data/link'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a volume gets what the image has, links as they are, and nothing is left beside it', async () => {
  await utimes(join(image, 'data'), 5, 5);
  await copyUp(image, '/data', volume);
  expect((await readdir(volume, { recursive: true })).sort()).toEqual(['file', 'link', 'sub', 'sub/file']);
  expect(await readFile(join(volume, 'sub/file'), 'utf8')).toBe('the image’s');
  expect((await stat(volume)).mtimeMs).toBe(5000);
  expect(await readdir(join(folder, 'volume'))).toEqual(['_data']);
});

test('a link that another container puts into the volume meanwhile leads to nothing that is written', async () => {
  const outside = join(folder, 'outside');
  await writeFile(join(outside, 'file'), 'the host’s');
  await symlink(join(outside, 'file'), join(volume, 'file'));
  await symlink(join(outside, 'sub'), join(volume, 'sub'));
  await copyUp(image, '/data', volume);
  expect(await readFile(join(outside, 'file'), 'utf8')).toBe('the host’s');
  expect(await readdir(join(outside, 'sub'))).toEqual([]);
  expect(await readFile(join(volume, 'file'), 'utf8')).toBe('the image’s');
});
