import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { getXattr, listXattrs, setXattr } from '../os/xattr.ts';
import { type ExtractOptions, extract } from './extract.ts';
import { pack } from './pack.ts';
import { type TarEntry, tarEntry } from './tar-entry.ts';
import { walkTree } from './walk.ts';

type Item = { readonly entry: TarEntry; readonly content?: Buffer };

let base: string;
let root: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lapstrake-extract-'));
  root = join(base, 'root');
  await mkdir(root);
  await writeFile(join(base, 'secret'), 'outside');
});
afterEach(() => rm(base, { recursive: true, force: true }));

/** Ours, so that the tests run as any user. */
const me = { uid: process.getuid!(), gid: process.getgid!() };
const file = (name: string | Buffer, content = '', more: Partial<TarEntry> = {}): Item => ({
  entry: tarEntry({ ...me, ...more, name, size: Buffer.byteLength(content) }),
  content: Buffer.from(content),
});
const link = (name: string, linkname: string): Item => ({
  entry: tarEntry({ ...me, name, linkname, type: 'symlink' }),
});
const hard = (name: string, linkname: string): Item => ({
  entry: tarEntry({ ...me, name, linkname, type: 'hardlink' }),
});
const dir = (name: string, more: Partial<TarEntry> = {}): Item => ({
  entry: tarEntry({ ...me, ...more, name, type: 'directory' }),
});
const unpack = (items: readonly Item[], options: Partial<ExtractOptions> = {}) =>
  extract(pack(items), root, { whiteouts: 'delete', ...options });
const text = (name: string): Promise<string> => readFile(join(root, name), 'utf8');

test('an archive becomes the files that it describes', async () => {
  const result = await unpack([
    dir('d', { mode: 0o500, mtime: 1_000_000_000_000_000_000n }),
    file('d/f', 'hello', { mode: 0o4711, mtime: 1_500_000_000_500_000_000n }),
    link('d/l', 'f'),
    hard('d/h', 'd/f'),
    file('implicit/parent/f', 'x'),
    { entry: tarEntry({ ...me, name: 'pipe', type: 'fifo', mode: 0o622 }) },
    file(Buffer.from([0x66, 0xff]), 'bytes'),
  ]);
  expect(result).toEqual({ files: 6, bytes: 11, hardLinks: 1, warnings: [] });
  const f = await lstat(join(root, 'd/f'), { bigint: true });
  expect(f).toMatchObject({ mtimeNs: 1_500_000_000_500_000_000n, nlink: 2n });
  expect(Number(f.mode) & 0o7777).toBe(0o4711);
  expect((await lstat(join(root, 'd/h'), { bigint: true })).ino).toBe(f.ino);
  expect(await lstat(join(root, 'd'))).toMatchObject({ mtimeMs: 1e12, mode: 0o40500 });
  expect(await readlink(join(root, 'd/l'))).toBe('f');
  expect(await text('implicit/parent/f')).toBe('x');
  expect((await lstat(join(root, 'pipe'))).mode & 0o777).toBe(0o622);
  expect(await readdir(root, { encoding: 'buffer' })).toContainEqual(Buffer.from([0x66, 0xff]));
  // Only root could clear it away as it is.
  await chmod(join(root, 'd'), 0o700);
});

test('a later entry replaces an earlier one, whatever the two are', async () => {
  await unpack([
    file('a', 'first'),
    file('a', 'second'),
    dir('b'),
    file('b/inside'),
    file('b', 'a file now'),
    file('c', 'a file'),
    dir('c'),
    file('c/inside', 'x'),
    link('d', 'a'),
    file('d', 'no link now'),
  ]);
  expect(await text('a')).toBe('second');
  expect(await text('b')).toBe('a file now');
  expect(await text('c/inside')).toBe('x');
  expect(await text('d')).toBe('no link now');
});

test('links inside the root are followed as a process in it would follow them', async () => {
  await unpack([
    dir('usr'),
    dir('usr/lib'),
    link('lib', '/usr/lib'),
    link('up', '../../../usr'),
    file('lib/f', '1'),
    file('up/g', '2'),
  ]);
  expect(await text('usr/lib/f')).toBe('1');
  expect(await text('usr/g')).toBe('2');
});

test('extended attributes are set, but for those by which overlay works', async () => {
  const xattrs = new Map([
    ['user.kept', Buffer.from([0, 255])],
    ['user.overlay.redirect', Buffer.from('/etc')],
    ['trusted.overlay.opaque', Buffer.from('y')],
  ]);
  await unpack([file('f', 'x', { xattrs }), dir('d', { xattrs })]);
  for (const name of ['f', 'd']) {
    expect(getXattr(join(root, name), 'user.kept')).toEqual(Buffer.from([0, 255]));
    expect(getXattr(join(root, name), 'user.overlay.redirect')).toBeUndefined();
    expect(getXattr(join(root, name), 'trusted.overlay.opaque')).toBeUndefined();
  }
});

describe('nothing is written outside the root', () => {
  const attacks: Readonly<Record<string, readonly Item[]>> = {
    'a name that climbs out': [file('../secret', 'evil')],
    'a name that climbs out from below': [file('a/../../secret', 'evil')],
    'a directory that climbs out': [dir('../made')],
    'a link that is a name climbing out': [link('../made', 'x')],
    'an absolute name': [file(join(tmpdir(), '..', 'secret'), 'evil')],
    'a link to outside, then a file through it': [link('out', '../'), file('out/secret', 'evil')],
    'an absolute link, then a file through it': [link('out', tmpdir()), file('out/made', 'evil')],
    'a chain of links': [link('a', '..'), link('b', 'a/..'), link('c', 'b/..'), file('c/secret', 'evil')],
    'links in a circle': [link('a', 'b'), link('b', 'a'), file('a/secret', 'evil')],
    'a link that replaces a directory seen before': [dir('d'), file('d/x'), link('d', '..'), file('d/secret', 'evil')],
    'a file through a link of the same name': [link('f', '../secret'), file('f', 'evil')],
    'a hard link to outside': [hard('h', '../secret'), file('h', 'evil')],
    'a hard link through a link to outside': [link('out', '..'), hard('h', 'out/secret'), file('h', 'evil')],
    'a hard link to a link to outside': [link('l', '../secret'), hard('h', 'l'), file('h', 'evil')],
    'a mode set through a link': [link('l', '../secret'), dir('l', { mode: 0o777 })],
    'a deletion of the parent': [file('.wh...')],
    'a deletion of outside': [file('a/../../.wh.secret')],
    'a deletion through a link': [link('out', '..'), file('out/.wh.secret')],
    'an emptying through a link': [link('out', '..'), file('out/.wh..wh..opq')],
  };
  for (const [name, items] of Object.entries(attacks)) {
    for (const whiteouts of ['delete', 'literal'] as const) {
      test(`${name} (${whiteouts})`, async () => {
        const before = (await lstat(join(base, 'secret'), { bigint: true })).ctimeNs;
        await unpack(items, { whiteouts }).catch((error) => expect(error).toMatchObject({ kind: 'invalid' }));
        expect(await readFile(join(base, 'secret'), 'utf8')).toBe('outside');
        expect((await readdir(base)).sort()).toEqual(['root', 'secret']);
        expect((await lstat(join(base, 'secret'), { bigint: true })).ctimeNs).toBe(before);
        await expect(lstat(join(tmpdir(), 'made'))).rejects.toThrow();
      });
    }
  }

  test('a link that was there before leads nowhere outside either', async () => {
    await symlink(base, join(root, 'before'));
    await expect(unpack([file('before/made', 'x')])).rejects.toThrow('"before/made"');
    expect((await readdir(base)).sort()).toEqual(['root', 'secret']);
    expect(await readdir(root)).toEqual(['before']);
  });
});

describe('deletions of a lower layer', () => {
  beforeEach(async () => {
    await unpack([
      dir('d'),
      file('d/old', 'old'),
      dir('d/sub'),
      file('d/sub/old'),
      file('f', 'old'),
      dir('gone'),
      file('gone/x'),
    ]);
  });

  test('are carried out', async () => {
    await unpack([file('.wh.f'), file('.wh.gone'), file('d/.wh.old'), file('.wh.never-there')]);
    expect((await readdir(root)).sort()).toEqual(['d']);
    expect(await readdir(join(root, 'd'))).toEqual(['sub']);
  });

  test('empty a directory but for what the layer itself brings, before or after', async () => {
    await unpack([
      dir('d'),
      file('d/new', '1'),
      file('d/.wh..wh..opq'),
      file('d/newer', '2'),
      dir('gone'),
      file('.wh.gone'),
    ]);
    expect((await readdir(join(root, 'd'))).sort()).toEqual(['new', 'newer']);
    expect(await readdir(join(root, 'gone'))).toEqual([]);
  });

  test('are plain names in a build context', async () => {
    await unpack([file('.wh.f', 'mine')], { whiteouts: 'literal' });
    expect(await text('.wh.f')).toBe('mine');
    expect(await text('f')).toBe('old');
  });
});

test('a cancelled extraction ends with its cause and leaves the stream closed', async () => {
  const abort = new AbortController();
  const archive = new Readable({ read() {} });
  archive.push(Buffer.alloc(100));
  const extracting = extract(archive, root, { whiteouts: 'delete', signal: abort.signal });
  abort.abort();
  await expect(extracting).rejects.toMatchObject({ kind: 'cancelled' });
  expect(archive.destroyed).toBe(true);
});

test('an error of the stream is the error of the extraction', async () => {
  const archive = new Readable({ read() {} });
  archive.push(Buffer.alloc(100));
  const extracting = extract(archive, root, { whiteouts: 'delete' });
  archive.destroy(new Error('connection lost'));
  await expect(extracting).rejects.toThrow('connection lost');
});

test('a packed tree unpacks to the same tree, and packs to the same bytes again', async () => {
  await unpack([
    dir('d', { mode: 0o1777 }),
    file('d/f', 'x'.repeat(300_000), { mode: 0o755 }),
    file('a', '1'),
    link('l', 'd/f'),
    hard('h', 'd/f'),
  ]);
  setXattr(join(root, 'a'), 'user.x', Buffer.from([1, 0, 2]));
  const first = await buffer(pack(walkTree(Buffer.from(root))));
  const second = join(base, 'second');
  await mkdir(second);
  await extract(Readable.from([first]), second, { whiteouts: 'delete' });
  expect(await buffer(pack(walkTree(Buffer.from(second))))).toEqual(first);
  execFileSync('diff', ['-r', '--no-dereference', root, second]);
});

test('GNU tar and we unpack the same tree of it', async () => {
  const source = join(base, 'source');
  await mkdir(source);
  await extract(
    pack([
      dir('many', { mode: 0o2775 }),
      ...Array.from({ length: 300 }, (_, i) => file(`many/${i}`, `file ${i}`, { mode: 0o600 + (i % 8) })),
      file(`deep/${'long-name/'.repeat(15)}end`, 'x'.repeat(2_000_000), { mtime: 1_600_000_000_000_000_000n }),
      link('many/link', '../deep'),
      hard('many/hard', 'many/7'),
    ]),
    source,
    { whiteouts: 'literal' },
  );
  const archive = execFileSync('tar', ['-C', source, '--format=pax', '-cf', '-', '.'], { maxBuffer: 1 << 26 });
  await extract(Readable.from([archive]), root, { whiteouts: 'literal' });
  const theirs = join(base, 'theirs');
  await mkdir(theirs);
  execFileSync('tar', ['-C', theirs, '-xpf', '-'], { input: archive });
  const listed = (folder: string): string =>
    execFileSync('find', ['.', '-printf', '%p %y %m %U:%G %s %T@ %l %n\n'], { cwd: folder, encoding: 'utf8' });
  const files = (folder: string): string[] =>
    listed(folder)
      .split('\n')
      .filter((line) => !/^\S+ d /.test(line))
      .sort();
  expect(files(root)).toEqual(files(theirs));
  const folders = (folder: string): string[] =>
    execFileSync('find', ['.', '-type', 'd', '-printf', '%p %m %U:%G %T@\n'], { cwd: folder, encoding: 'utf8' })
      .split('\n')
      .sort();
  expect(folders(root)).toEqual(folders(theirs));
  execFileSync('diff', ['-r', root, theirs]);
});

describe('unpacking into a folder that others use', () => {
  test('names begin below, links are followed from the root, and all become one owner’s', async () => {
    await mkdir(join(root, 'in'));
    await mkdir(join(root, 'elsewhere'));
    await symlink('/elsewhere', join(root, 'in/link'));
    await unpack([file('f', 'x'), hard('h', 'f'), file('link/g', 'y', { uid: 4_000_000 })], {
      below: Buffer.from('/in'),
      owner: me,
    });
    expect(await text('in/h')).toBe('x');
    expect(await text('elsewhere/g')).toBe('y');
    await expect(unpack([file('../out')], { below: Buffer.from('/in') })).rejects.toMatchObject({
      code: 'path-escapes',
    });
  });

  test('a folder and a file do not replace each other where that is refused', async () => {
    await mkdir(join(root, 'folder'));
    await writeFile(join(root, 'file'), 'old');
    const options = { replace: 'same-kind' } as const;
    await expect(unpack([file('folder')], options)).rejects.toThrow('cannot overwrite directory');
    await expect(unpack([dir('file')], options)).rejects.toThrow('cannot overwrite non-directory');
    await unpack([file('file', 'new'), dir('folder')], options);
    expect(await text('file')).toBe('new');
  });
});

test('times are set to the nanosecond, of few files and of many, before 1970 and after 2242', async () => {
  const times = [1_600_000_000_123_456_789n, -86_400_000_000_001n, 9_000_000_000_000_000_001n, 7_000_000_000n];
  const names = Array.from({ length: 400 }, (_, n) => [`f${n}`, times[n % times.length]!] as const);
  const large = file('large', 'x'.repeat(2 << 20), { mtime: times[0]! });
  await unpack([...names.map(([name, mtime]) => file(name, name, { mtime })), large]);
  for (const [name, mtime] of [...names, ['large', times[0]!] as const]) {
    expect([name, (await lstat(join(root, name), { bigint: true })).mtimeNs]).toEqual([name, mtime]);
  }
});

test('a layer’s directory has the attributes that the layer says, and no others that it had', async () => {
  const attributes = (...names: string[]) => ({ xattrs: new Map(names.map((name) => [name, Buffer.from(name)])) });
  await unpack([dir('d', attributes('user.old', 'user.both'))]);
  await unpack([dir('d', attributes('user.both', 'user.=new'))]);
  expect(listXattrs(join(root, 'd')).map(String).sort()).toEqual(['user.=new', 'user.both']);
});
