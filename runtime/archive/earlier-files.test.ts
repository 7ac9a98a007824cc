import { link, lstat, mkdir, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setXattr } from '../os/xattr.ts';
import { EarlierFiles } from './earlier-files.ts';
import { extract } from './extract.ts';
import { pack } from './pack.ts';
import { type TarEntry, tarEntry } from './tar-entry.ts';

type Item = { readonly entry: TarEntry; readonly content?: Buffer };

let base: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lapstrake-earlier-'));
});
afterEach(() => rm(base, { recursive: true, force: true }));

const me = { uid: process.getuid!(), gid: process.getgid!() };
const LARGE = 3 << 20;
const file = (name: string, content: string, more: Partial<TarEntry> = {}): Item => ({
  entry: tarEntry({ ...me, mtime: 1_000_000_000n, ...more, name, size: Buffer.byteLength(content) }),
  content: Buffer.from(content),
});
const hard = (name: string, linkname: string): Item => ({
  entry: tarEntry({ ...me, name, linkname, type: 'hardlink' }),
});
const dir = (name: string): Item => ({ entry: tarEntry({ ...me, name, type: 'directory' }) });

/** Unpacks into a new tree, which may have files of earlier ones. */
async function unpack(name: string, items: readonly Item[], ...earlier: readonly string[]): Promise<string> {
  const root = join(base, name);
  await mkdir(root);
  const roots = earlier.map((each) => Buffer.from(each));
  await extract(pack(items), root, { whiteouts: 'delete', earlier: new EarlierFiles(roots) });
  return root;
}
const inode = async (...names: string[]): Promise<number> => (await lstat(join(...names))).ino;
const text = (...names: string[]): Promise<string> => readFile(join(...names), 'utf8');

// Few files are written at once, many by a thread.
describe.each([0, 300])('among %i others', (count) => {
  const others = Array.from({ length: count }, (_, i) => file(`other/${i}`, `other ${i}`));

  test('a file that an earlier tree has is the same one, large ones too', async () => {
    const items = [...others, dir('d'), file('d/f', 'same'), file('empty', ''), file('l', 'x'.repeat(LARGE))];
    const one = await unpack('one', items);
    const two = await unpack('two', [...items, file('new', 'new')], join(base, 'none'), one);
    for (const name of ['d/f', 'empty', 'l', ...(count > 0 ? ['other/0', `other/${count - 1}`] : [])]) {
      expect(await inode(two, name), name).toBe(await inode(one, name));
    }
    expect(await text(two, 'new')).toBe('new');
    await rm(one, { recursive: true });
    expect(await text(two, 'd/f')).toBe('same');
    expect((await lstat(join(two, 'l'))).nlink).toBe(1);
  });

  const large = 'x'.repeat(LARGE);
  test.each<[string, Item, Item]>([
    ['of the same size', file('f', 'one'), file('f', 'two')],
    ['of another size', file('f', 'one'), file('f', 'three')],
    ['of another mode', file('f', 'one'), file('f', 'one', { mode: 0o4755 })],
    ['of another time', file('f', 'one'), file('f', 'one', { mtime: 2_000_000_000n })],
    ['of another time within the second', file('f', 'one'), file('f', 'one', { mtime: 1_000_000_001n })],
    ['that differs at its end', file('f', `${large}1`), file('f', `${large}2`)],
    ['that differs at its beginning', file('f', `1${large}`), file('f', `2${large}`)],
    ['with an attribute', file('f', 'one'), file('f', 'one', { xattrs: new Map([['user.a', Buffer.from('1')]]) })],
  ])('a file %s is written anew, and the earlier one stays as it was', async (_, before, after) => {
    const one = await unpack('one', [...others, before]);
    const was = await lstat(join(one, 'f'), { bigint: true });
    const two = await unpack('two', [...others, after], one);
    const then = await lstat(join(one, 'f'), { bigint: true });
    expect([then.ino, then.atimeNs, then.ctimeNs]).toEqual([was.ino, was.atimeNs, was.ctimeNs]);
    const is = await lstat(join(two, 'f'), { bigint: true });
    expect(is.ino).not.toBe(was.ino);
    expect(await text(two, 'f')).toBe(String(after.content));
    expect(Number(is.mode) & 0o7777).toBe(after.entry.mode);
    expect(is.mtimeNs).toBe(after.entry.mtime);
    expect(await text(one, 'f')).toBe(String(before.content));
  });

  test.runIf(me.uid === 0)("a file of another owner's is written anew", async () => {
    const one = await unpack('one', [...others, file('f', 'one', { uid: 7 })]);
    const two = await unpack('two', [...others, file('f', 'one', { gid: 7 })], one);
    expect(await lstat(join(two, 'f'))).toMatchObject({ uid: 0, gid: 7, nlink: 1 });
    expect(await lstat(join(one, 'f'))).toMatchObject({ uid: 7, gid: 0 });
  });

  test('a file that has an attribute more is none that looks like it', async () => {
    const one = await unpack('one', [...others, file('f', 'one')]);
    setXattr(join(one, 'f'), 'user.a', Buffer.from('1'));
    const two = await unpack('two', [...others, file('f', 'one')], one);
    expect(await inode(two, 'f')).not.toBe(await inode(one, 'f'));
  });

  test('two names become one file only where the archive says so', async () => {
    const same = [...others, file('a', 'same'), file('b', 'same'), file('c', 'same')];
    const one = await unpack('one', same);
    await rm(join(one, 'b'));
    await link(join(one, 'a'), join(one, 'b'));
    const two = await unpack('two', same, one);
    expect(await inode(two, 'a')).not.toBe(await inode(two, 'b'));
    const three = await unpack('three', [...others, file('a', 'same'), hard('b', 'a'), hard('c', 'a')], one);
    const a = await lstat(join(three, 'a'));
    expect(a).toMatchObject({ nlink: 3, mtimeMs: 1000, ...me });
    expect([await inode(three, 'b'), await inode(three, 'c')]).toEqual([a.ino, a.ino]);
    // A container's copy of one name is no copy of what another tree has.
    expect(a.ino).not.toBe(await inode(one, 'a'));
  });

  test('a later entry takes the place of a file that was shared', async () => {
    const one = await unpack('one', [...others, file('f', 'first')]);
    const two = await unpack('two', [...others, file('f', 'first'), file('f', 'second')], one);
    expect([await text(one, 'f'), await text(two, 'f')]).toEqual(['first', 'second']);
    const three = await unpack('three', [...others, file('f', 'other'), file('f', 'first')], one);
    expect([await text(one, 'f'), await text(three, 'f')]).toEqual(['first', 'first']);
  });

  test('a link in an earlier tree leads nowhere', async () => {
    const outside = await unpack('outside', [file('f', 'outside'), dir('d'), file('d/f', 'outside')]);
    const one = await unpack('one', others);
    await symlink(join(outside, 'd'), join(one, 'd'));
    await symlink(join(outside, 'f'), join(one, 'f'));
    const two = await unpack('two', [...others, file('f', 'outside'), dir('d'), file('d/f', 'outside')], one);
    expect([await text(two, 'f'), await text(two, 'd/f')]).toEqual(['outside', 'outside']);
    for (const name of ['f', 'd/f']) expect(await inode(two, name)).not.toBe(await inode(outside, name));
  });

  test('where the file system makes no link, the file is copied', async () => {
    const elsewhere = await mkdtemp('/dev/shm/lapstrake-earlier-');
    try {
      expect((await stat(elsewhere)).dev).not.toBe((await stat(base)).dev);
      const items = [...others, file('f', 'same'), file('l', large)];
      await extract(pack(items), elsewhere, { whiteouts: 'delete' });
      const one = await unpack('one', items, elsewhere);
      expect(await text(one, 'f')).toBe('same');
      expect(await text(one, 'l')).toBe(large);
      expect(await lstat(join(one, 'l'))).toMatchObject({ mtimeMs: 1000, nlink: 1, ...me });
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});
