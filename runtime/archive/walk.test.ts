import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pack } from './pack.ts';
import { TarReader } from './tar-reader.ts';
import { type FoundFile, walkLiveTree, walkTree } from './walk.ts';

let base: string;
let root: string;
let outside: string;
let descriptors: number;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lapstrake-walk-'));
  [root, outside] = [join(base, 'root'), join(base, 'outside')];
  for (const folder of ['root/a/b', 'outside/b']) await mkdir(join(base, folder), { recursive: true });
  for (const name of ['root/a/b/inside', 'root/a/file', 'root/z']) await writeFile(join(base, name), 'inside');
  for (const name of ['outside/secret', 'outside/b/secret', 'outside/file']) {
    await writeFile(join(base, name), 'a secret of the machine');
  }
  descriptors = (await readdir('/proc/self/fd')).length;
});

afterEach(async () => {
  await rm(base, { recursive: true, force: true });
  await expect.poll(async () => (await readdir('/proc/self/fd')).length).toBeLessThanOrEqual(descriptors);
});

/** A container at work: once a file of that name was seen, before anybody reads on, it does something. */
async function* doingAt(name: string, act: () => Promise<void>): AsyncGenerator<FoundFile> {
  for await (const file of walkLiveTree(Buffer.from(root))) {
    if (file.name.toString() === name) await act();
    yield file;
  }
}

async function packed(items: AsyncIterable<FoundFile>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const reader = new TarReader(Readable.from([await buffer(pack(items))]));
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    found[entry.name.toString()] = `${entry.type} ${await reader.readAll()}`;
  }
  return found;
}

const replace = (name: string, target: string) => async (): Promise<void> => {
  await rename(join(root, name), join(base, `was-${name.replaceAll('/', '-')}`));
  await symlink(target, join(root, name));
};

test('a tree at rest is walked the same either way', async () => {
  const names = async (files: AsyncIterable<FoundFile>): Promise<string[]> => {
    const found: string[] = [];
    for await (const { name } of files) found.push(name.toString());
    return found;
  };
  const live = await names(walkLiveTree(Buffer.from(root)));
  expect(live).toEqual(['a', 'a/b', 'a/b/inside', 'a/file', 'z']);
  expect(live).toEqual(await names(walkTree(Buffer.from(root))));
});

describe('what is put in place of something while the tree is walked leads nowhere', () => {
  test('a link for a directory that is to be entered', async () => {
    const found = await packed(doingAt('a', replace('a', outside)));
    expect(Object.keys(found)).toEqual(['a', 'z']);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  test('a link for a directory further up: the walk goes on where it was', async () => {
    expect(await packed(doingAt('a/b', replace('a', outside)))).toEqual({
      a: 'directory ',
      'a/b': 'directory ',
      'a/b/inside': 'file inside',
      'a/file': 'file inside',
      z: 'file inside',
    });
  });

  test('a link for a file that is to be read', async () => {
    const found = await packed(doingAt('a/file', replace('a/file', join(outside, 'file'))));
    expect(Object.keys(found)).toEqual(['a', 'a/b', 'a/b/inside', 'z']);
  });

  test('a link for a large file that is to be read', async () => {
    await writeFile(join(root, 'a/file'), Buffer.alloc(1 << 20, 'x'));
    const found = await packed(doingAt('a/file', replace('a/file', join(outside, 'file'))));
    expect(Object.keys(found)).toEqual(['a', 'a/b', 'a/b/inside', 'z']);
  });

  test('a pipe for a file: nobody waits for what it never brings', async () => {
    const found = await packed(
      doingAt('a/file', async () => {
        await rm(join(root, 'a/file'));
        execFileSync('mkfifo', [join(root, 'a/file')]);
      }),
    );
    expect(Object.keys(found)).toEqual(['a', 'a/b', 'a/b/inside', 'z']);
  });
});

test('what vanishes while the tree is walked is left out', async () => {
  const gone = doingAt('a', async () => {
    for (const name of ['a', 'z']) await rm(join(root, name), { recursive: true });
  });
  expect(Object.keys(await packed(gone))).toEqual(['a']);
});

test('who stops reading lets all go', async () => {
  for (const name of ['large', 'larger']) await writeFile(join(root, name), Buffer.alloc(3 << 20));
  const tar = pack(walkLiveTree(Buffer.from(root)));
  for await (const _ of tar) break;
  expect(tar.destroyed).toBe(true);
});
