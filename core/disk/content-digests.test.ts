import { link, mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ContentDigests } from './content-digests.ts';
import { sha256 } from './sha256.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-digests-'));
  for (const folder of ['once', 'once-more', 'kept']) await mkdir(join(root, folder));
});
afterEach(() => rm(root, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  await writeFile(join(root, name), content);
  await utimes(join(root, name), 1000, 1000);
  return join(root, name);
}

test('a file of a folder in which all is written once is not read again when it gets another name', async () => {
  const digests = new ContentDigests(Date.now, join(root, 'once'));
  const file = await write('once/f', 'one');
  expect(digests.atOnce(file)).toBe(sha256('one'));
  await link(file, join(root, 'kept/f'));
  // It shows only so that it is not: nobody does this.
  await write('once/f', 'two');
  expect(digests.atOnce(file)).toBe(sha256('one'));
  expect(await digests.digest(file)).toBe(sha256('one'));
});

test('another file in its place is read, however much it looks like it', async () => {
  const digests = new ContentDigests(Date.now, join(root, 'once'));
  const file = await write('once/f', 'one');
  expect(digests.atOnce(file)).toBe(sha256('one'));
  await rename(await write('once/g', 'two'), file);
  expect(digests.atOnce(file)).toBe(sha256('two'));
  // The inode of one that is gone may come again.
  for (let round = 0; round < 20; round++) {
    await rm(file);
    await write('once/f', String(round).padStart(3, '-'));
    expect(digests.atOnce(file)).toBe(sha256(String(round).padStart(3, '-')));
  }
});

test('anywhere else a file that changed under the same size and time is read again', async () => {
  const digests = new ContentDigests(Date.now, join(root, 'once'));
  const file = await write('once-more/f', 'one');
  expect(digests.atOnce(file)).toBe(sha256('one'));
  await write('once-more/f', 'two');
  expect(digests.atOnce(file)).toBe(sha256('two'));
});
