import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pack } from '../archive/pack.ts';
import { tarEntry } from '../archive/tar-entry.ts';
import { ReceivedContexts } from './received-contexts.ts';

const me = { uid: process.getuid!(), gid: process.getgid!() };
const never = new AbortController().signal;
/** A context of many files, one of which may hold something else, or have another name. */
const archive = (changed = 'usual', { count = 600, link = false } = {}): Readable =>
  pack([
    ...Array.from({ length: count }, (_, i) => {
      const content = Buffer.from(i === 0 ? changed : `file ${i}`);
      const name = `d${i % 7}/${i}`;
      return { entry: tarEntry({ ...me, name, mtime: 1_000_000_000n, size: content.length }), content };
    }),
    ...(link ? [{ entry: tarEntry({ ...me, name: 'link', type: 'hardlink', linkname: 'd1/1' }) }] : []),
  ]);

let root: string;
let contexts: ReceivedContexts;
const failures: unknown[] = [];
const open = async (patience?: number): Promise<void> => {
  contexts = await ReceivedContexts.open(root, (error) => failures.push(error), patience);
};
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lapstrake-contexts-'));
  await open();
});
afterEach(async () => {
  await contexts[Symbol.asyncDispose]();
  expect(await kept()).toEqual([]);
  expect(failures).toEqual([]);
  await rm(root, { recursive: true });
});

const kept = (): Promise<string[]> => readdir(join(root, 'kept-contexts'));
const inodes = async (path: string): Promise<number[]> =>
  Promise.all(['d0/0', 'd1/1', 'd1/596'].map(async (name) => (await lstat(join(path, name))).ino));
/** Receives a context and is done with it; gives the inodes of its first file, the second and the last but few. */
async function build(tar: Readable): Promise<number[]> {
  await using context = await contexts.receive(tar, never);
  return await inodes(context.path);
}

test('a context has the files of the last one that did not change', async () => {
  const first = await build(archive());
  await using second = await contexts.receive(archive('changed'), never);
  expect(await readFile(join(second.path, 'd0/0'), 'utf8')).toBe('changed');
  expect(await readFile(join(second.path, 'd1/1'), 'utf8')).toBe('file 1');
  const [changed, ...same] = await inodes(second.path);
  expect(same).toEqual(first.slice(1));
  expect(changed).not.toBe(first[0]);
});

test('two contexts are kept, and none that is small, or has hard links of its own', async () => {
  const [one] = await build(archive('one'));
  const [two] = await build(archive('second'));
  expect((await build(archive('one')))[0]).toBe(one);
  expect((await build(archive('the third')))[0]).not.toBe(two);
  expect(await kept()).toHaveLength(2);
  await contexts.clear();
  expect(await kept()).toEqual([]);
  await build(archive('linked', { link: true }));
  await using small = await contexts.receive(archive('small', { count: 3 }), never);
  await small[Symbol.asyncDispose]();
  expect(await kept()).toEqual([]);
  expect(await readdir(join(root, 'contexts'))).toEqual([]);
});

test('what is kept goes after a while, though it is being taken over', async () => {
  await open(0);
  await build(archive());
  await vi.waitFor(async () => expect(await kept()).toEqual([]));
  await open();
  await build(archive());
  const tar = await buffer(archive());
  const body = new PassThrough();
  const receiving = contexts.receive(body, never);
  body.write(tar.subarray(0, tar.length / 2));
  await contexts.clear();
  body.end(tar.subarray(tar.length / 2));
  await using context = await receiving;
  expect(await readFile(join(context.path, 'd1/596'), 'utf8')).toBe('file 596');
});

test('an archive that ends too early leaves nothing, and those that are kept as they are', async () => {
  const first = await build(archive());
  const tar = await buffer(archive('changed'));
  const body = new PassThrough();
  body.end(tar.subarray(0, 97 * 1024 + 200));
  await expect(contexts.receive(body, never)).rejects.toMatchObject({ code: 'tar-truncated' });
  expect(await readdir(join(root, 'contexts'))).toEqual([]);
  expect(await build(archive())).toEqual(first);
});

test('what an earlier run left is removed', async () => {
  await build(archive());
  await contexts.receive(archive(), never);
  await open();
  expect([await kept(), await readdir(join(root, 'contexts'))]).toEqual([[], []]);
});
