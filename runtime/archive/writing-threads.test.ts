import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { extract } from './extract.ts';
import { pack } from './pack.ts';
import { tarEntry } from './tar-entry.ts';
import { WritingThreads } from './writing-threads.ts';

let base: string;
let root: string;
let threads: WritingThreads;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lapstrake-threads-'));
  root = join(base, 'root');
  await mkdir(root);
  await writeFile(join(base, 'secret'), 'outside');
  threads = new WritingThreads();
});
afterEach(async () => {
  for (let thread = threads.take(); thread !== undefined; thread = threads.take()) await thread.terminate();
  await rm(base, { recursive: true, force: true });
});

const me = { uid: process.getuid!(), gid: process.getgid!() };
const item = (more: Parameters<typeof tarEntry>[0], content = '') => ({
  entry: tarEntry({ ...me, size: content.length, ...more }),
  content: Buffer.from(content),
});
const many = (folder: string) => [
  item({ name: folder, type: 'directory' }),
  ...Array.from({ length: 300 }, (_, i) => item({ name: `${folder}/${i}` }, `${folder} ${i}`)),
];
const unpack = (archive: Readable) => extract(archive, root, { whiteouts: 'delete', threads });

test('a thread that has written one archive writes the next, however few files it has', async () => {
  await unpack(pack(many('first')));
  const thread = threads.take();
  expect(thread).toBeDefined();
  await threads.keep(thread!);
  await unpack(pack([item({ name: 'second' }, 'two')]));
  expect(await readFile(join(root, 'second'), 'utf8')).toBe('two');
  expect(await readdir(join(root, 'first'))).toHaveLength(300);
  expect(threads.take()).toBe(thread);
  await thread!.terminate();
});

test('a waiting thread follows no link out of the root, and replaces what an entry replaces', async () => {
  await unpack(pack(many('first')));
  await unpack(
    pack([
      item({ name: 'l', type: 'symlink', linkname: join(base, 'secret') }),
      item({ name: 'l' }, 'no link any more'),
    ]),
  );
  const swapped = [
    item({ name: 'd', type: 'directory' }),
    item({ name: 'd/secret' }, 'in the way'),
    item({ name: 'd', type: 'symlink', linkname: base }),
    item({ name: 'd/secret' }, 'from the archive'),
  ];
  await expect(unpack(pack(swapped))).rejects.toMatchObject({ code: 'path-escapes' });
  expect(await readFile(join(base, 'secret'), 'utf8')).toBe('outside');
  expect(await readFile(join(root, 'l'), 'utf8')).toBe('no link any more');
});

test('a directory that comes after a file of its name stays, one that a file makes impossible is refused', async () => {
  await unpack(pack(many('first')));
  await unpack(
    pack([item({ name: 'x' }, 'a file'), item({ name: 'x', type: 'directory' }), item({ name: 'x/y' }, 'below it')]),
  );
  expect(await readFile(join(root, 'x/y'), 'utf8')).toBe('below it');
  await expect(unpack(pack([item({ name: 'f' }, 'a file'), item({ name: 'f/y' })]))).rejects.toMatchObject({
    code: 'not-a-directory',
  });
});

test('the thread of an archive that failed does not come back', async () => {
  const whole = await buffer(pack(many('cut')));
  const cut = Readable.from([whole.subarray(0, whole.length - 2000)], { objectMode: false });
  await expect(unpack(cut)).rejects.toMatchObject({ code: 'tar-truncated' });
  expect(threads.take()).toBeUndefined();
});

test('a waiting thread that has ended is forgotten, and archives are written all the same', async () => {
  await unpack(pack(many('first')));
  const thread = threads.take()!;
  await threads.keep(thread);
  await thread.terminate();
  expect(threads.take()).toBeUndefined();
  await unpack(pack(many('second')));
  expect(await readdir(join(root, 'second'))).toHaveLength(300);
});
