import { chmod, lchown, link, mkdir, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileType, mknod, setTimes } from '../../runtime/os/syscalls.ts';
import { setXattr } from '../../runtime/os/xattr.ts';
import { command } from '../engine/real-daemon.ts';
import { pushOnBusybox } from './layered-image.ts';

/** `cap_net_raw+ep` in bytes (linux/capability.h, revision 2). */
const CAP_NET_RAW = Buffer.from('0100000200200000000000000000000000000000', 'hex');
const NOT_UTF8 = Buffer.from([0x6e, 0xff, 0xfe, 0xe4]);
const SECOND = 1_000_000_000n;
/** To the nanosecond; before 1970; after 2242, where eleven octal digits end. */
const TIMES = {
  exact: 1_600_000_000n * SECOND + 123_456_789n,
  early: -86_400n * SECOND,
  late: 9_000_000_000n * SECOND,
};
const SPARSE_BYTES = 64 << 20;

type Name = string | Buffer;

/**
 * Pushes `library/odd:1` to the registry at `url`: busybox, and three layers that GNU tar makes of real files: what file
 * systems can hold, a sparse file in the sparse format, and deletions. Gives a folder that has what the image must show
 * below `/tree`. Needs root.
 */
export async function pushOddImage(url: string, folder: string): Promise<string> {
  const [source, tree] = [join(folder, 'source'), join(folder, 'source/tree')];
  await mkdir(tree, { recursive: true });
  await makeTree(tree);
  const first = await packed(source, ['tree']);
  await makeSparseFile(join(tree, 'sparse'));
  const second = await packed(source, ['--sparse', 'tree/sparse']);
  const third = await packed(await makeDeletions(tree, join(folder, 'deletions')), ['tree']);
  await pushOnBusybox(url, join(folder, 'layout'), { reference: 'odd:1', above: [first, second, third] });
  return tree;
}

async function makeTree(tree: string): Promise<void> {
  const at = (name: Name): Buffer => Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(name as string)]);
  const file = (name: Name, content = ''): Promise<void> => writeFile(at(name), content || name.toString());
  for (const name of ['plain', 'owners', 'links', 'nodes', 'attributes', 'names', 'times', 'empty'])
    await mkdir(at(name));
  await file('plain/text', 'a text\n');
  await file('plain/large', 'large '.repeat(500_000));
  for (let n = 0; n < 150; n++) await file(`plain/${n}`);

  for (const [name, mode, uid, gid] of [
    ['setuid', 0o4755, 0, 0],
    ['setgid', 0o2755, 1, 8],
    ['both', 0o6711, 1000, 1001],
    ['none', 0, 65_534, 65_534],
    ['read-only', 0o444, 7, 0],
  ] as const) {
    await file(`owners/${name}`);
    await lchown(at(`owners/${name}`), uid, gid);
    await chmod(at(`owners/${name}`), mode);
  }
  for (const [name, mode] of [
    ['sticky', 0o1777],
    ['group', 0o2770],
    ['shut', 0],
  ] as const) {
    await mkdir(at(`owners/${name}`));
    await lchown(at(`owners/${name}`), 33, 44);
    await chmod(at(`owners/${name}`), mode);
  }

  await file('links/one', 'one file, three names');
  await link(at('links/one'), at('links/two'));
  await link(at('links/one'), at('names/three'));
  for (const [name, target] of [
    ['dangling', 'nowhere'],
    ['absolute', '/etc/passwd'],
    ['climbing', '../../../../etc/passwd'],
    ['long', 'x/'.repeat(150)],
    ['bytes', NOT_UTF8],
  ] as const) {
    await symlink(target, at(`links/${name}`));
    await lchown(at(`links/${name}`), 12, 13);
  }
  await link(at('links/dangling'), at('links/hard-to-symlink'));

  mknod(at('nodes/character'), FileType.character | 0o620, { major: 5, minor: 1 });
  mknod(at('nodes/block'), FileType.block | 0o660, { major: 7, minor: 99_999 });
  mknod(at('nodes/fifo'), FileType.fifo | 0o640, { major: 0, minor: 0 });
  await chmod(at('nodes/fifo'), 0o1622);
  await lchown(at('nodes/fifo'), 3, 4);

  for (const name of ['attributes/file', 'attributes/capable', 'attributes/both']) await file(name);
  await mkdir(at('attributes/folder'));
  await chmod(at('attributes/file'), 0o444);
  for (const name of ['file', 'both', 'folder']) {
    setXattr(at(`attributes/${name}`), 'user.bytes', Buffer.from([0, 1, 10, 61, 255]));
    setXattr(at(`attributes/${name}`), 'user.empty', Buffer.alloc(0));
    setXattr(at(`attributes/${name}`), 'user.long=ü', Buffer.alloc(2000, 'x'));
  }
  await lchown(at('attributes/both'), 5, 6);
  for (const name of ['capable', 'both']) setXattr(at(`attributes/${name}`), 'security.capability', CAP_NET_RAW);

  const name = (...parts: Name[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  await file(name('names/', NOT_UTF8), 'bytes');
  await file(name('names/', NOT_UTF8, 'y'.repeat(150)), 'many bytes');
  await mkdir(at(name('names/folder', NOT_UTF8)));
  await file(name('names/folder', NOT_UTF8, '/in'), 'below bytes');
  for (const long of ['l'.repeat(101), 'm'.repeat(255), 'ü'.repeat(127)]) await file(`names/${long}`, long);
  for (const odd of [' ', 'new\nline', '"quoted"', 'back\\slash', '-rf', '*', '.whiteout', '\u00fc'])
    await file(`names/${odd}`, 'odd');
  const deep = Array.from({ length: 12 }, (_, n) => String(n).repeat(50).slice(0, 99)).join('/');
  await mkdir(at(`names/${deep}`), { recursive: true });
  await file(`names/${deep}/end`, 'deep');
  await link(at(`names/${deep}/end`), at('names/deep-link'));

  for (const [which, time] of Object.entries(TIMES)) {
    await file(`times/${which}`);
    await symlink(which, at(`times/${which}-link`));
    await mkdir(at(`times/${which}-folder`));
    for (const kind of ['', '-link', '-folder']) setTimes(at(`times/${which}${kind}`), time, time);
  }

  for (const gone of ['gone', name('gone', NOT_UTF8), 'g'.repeat(251), 'becomes-folder']) await file(gone, 'gone');
  for (const gone of ['gone-folder', 'opaque', 'opaque/sub', 'becomes-file']) await mkdir(at(gone));
  for (const gone of ['gone-folder/x', 'opaque/hidden', 'opaque/sub/hidden', 'opaque/again', 'becomes-file/x'])
    await file(gone, 'gone');
}

/** Data at the beginning, in the middle and at the end. */
async function makeSparseFile(path: string): Promise<void> {
  await using file = await open(path, 'wx');
  for (const position of [0, SPARSE_BYTES / 2, SPARSE_BYTES - 6]) await file.write('sparse', position);
  setTimes(path, TIMES.exact, TIMES.exact);
}

/** Changes the tree, and makes beside it a layer that says how. */
async function makeDeletions(tree: string, layer: string): Promise<string> {
  const both = async (name: string, make: (path: string) => Promise<void>): Promise<void> => {
    for (const root of [tree, join(layer, 'tree')]) await make(join(root, name));
  };
  const folderAt = async (path: string): Promise<void> => void (await mkdir(path, { recursive: true }));
  const marker = (name: Name): Promise<void> =>
    writeFile(Buffer.concat([Buffer.from(`${layer}/tree/`), Buffer.from(name as string)]), '');
  await both('', folderAt);
  for (const name of ['gone', 'g'.repeat(251), 'gone-folder']) {
    await rm(join(tree, name), { recursive: true });
    await marker(`.wh.${name}`);
  }
  await rm(Buffer.concat([Buffer.from(`${tree}/gone`), NOT_UTF8]) as never);
  await marker(Buffer.concat([Buffer.from('.wh.gone'), NOT_UTF8]));
  for (const name of ['opaque', 'becomes-file', 'becomes-folder']) await rm(join(tree, name), { recursive: true });
  await both('opaque', folderAt);
  await marker('opaque/.wh..wh..opq');
  await both('opaque/again', (path) => writeFile(path, 'made again'));
  await both('becomes-file', (path) => writeFile(path, 'a file now'));
  await both('becomes-folder', folderAt);
  await both('becomes-folder/in', (path) => writeFile(path, 'a folder now'));
  for (const name of ['opaque/again', 'becomes-file', 'becomes-folder/in', 'opaque', 'becomes-folder', ''])
    await both(name, async (path) => setTimes(path, TIMES.exact, TIMES.exact));
  return layer;
}

async function packed(folder: string, args: readonly string[]): Promise<Buffer> {
  const file = `${folder}.tar`;
  const { code, stderr } = await command('tar', [
    ...['--format=posix', '--pax-option=delete=atime,delete=ctime', '--xattrs', '--xattrs-include=*'],
    ...['--numeric-owner', '-C', folder, '-cf', file, ...args],
  ]);
  if (code !== 0) throw new Error(`tar: ${stderr}`);
  return readFile(file);
}
