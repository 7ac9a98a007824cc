import { createHash } from 'node:crypto';
import { type BigIntStats, createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { decodeDevice } from '../../runtime/os/syscalls.ts';
import { getXattr, listXattrs } from '../../runtime/os/xattr.ts';

/** Whose the files look like from inside a user namespace; the identity where undefined. */
export type IdMap = readonly { readonly inside: number; readonly outside: number; readonly count: number }[];

/**
 * Every file below a folder as one line by its path (latin1, any bytes are one): type, mode, owner, size, content, times to
 * the nanosecond, extended attributes, and for a hard link the first path of its inode.
 */
export async function describeTree(root: string, ids?: IdMap): Promise<Record<string, string>> {
  const described: Record<string, string> = {};
  const inodes = new Map<bigint, string>();
  const visit = async (path: Buffer, name: string): Promise<void> => {
    const stats = await lstat(path, { bigint: true });
    const first = stats.isDirectory() ? undefined : inodes.get(stats.ino);
    if (first === undefined) inodes.set(stats.ino, name);
    described[name] = [
      kindOf(stats),
      (stats.mode & 0o7777n).toString(8),
      `${inside(stats.uid, ids)}:${inside(stats.gid, ids)}`,
      await contentOf(path, stats),
      stats.mtimeNs,
      ...attributesOf(path, ids),
      ...(first === undefined ? [] : [`= ${first}`]),
    ].join(' ');
    if (!stats.isDirectory()) return;
    for (const last of (await readdir(path, { encoding: 'buffer' })).sort(Buffer.compare)) {
      await visit(Buffer.concat([path, Buffer.from('/'), last]), `${name}/${last.toString('latin1')}`);
    }
  };
  await visit(Buffer.from(root), '');
  return described;
}

/** The ids of the user namespace that a process lives in. */
export async function idsOf(pid: number): Promise<IdMap> {
  const lines = (await readFile(`/proc/${pid}/uid_map`, 'utf8')).trim().split('\n');
  return lines.map((line) => {
    const [inside = 0, outside = 0, count = 0] = line.trim().split(/\s+/).map(Number);
    return { inside, outside, count };
  });
}

function inside(id: bigint, ids: IdMap | undefined): number {
  const number = Number(id);
  const range = ids?.find(({ outside, count }) => number >= outside && number < outside + count);
  return range === undefined ? number : number - range.outside + range.inside;
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFile()) return 'file';
  if (stats.isFIFO()) return 'fifo';
  return stats.isBlockDevice() ? 'block' : 'character';
}

async function contentOf(path: Buffer, stats: BigIntStats): Promise<string> {
  if (stats.isSymbolicLink()) return (await readlink(path, { encoding: 'buffer' })).toString('latin1');
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return Object.values(decodeDevice(stats.rdev)).join(',');
  if (!stats.isFile()) return '-';
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `${stats.size} ${hash.digest('hex').slice(0, 16)}`;
}

function attributesOf(path: Buffer, ids: IdMap | undefined): string[] {
  const names = listXattrs(path).map((name) => name.toString('latin1'));
  const own = names.filter((name) => !name.startsWith('security.') || name === 'security.capability');
  return own.sort().map((name) => {
    const value = getXattr(path, Buffer.from(name, 'latin1'))!;
    return `${name}=${(name === 'security.capability' ? ofThisNamespace(value, ids) : value).toString('hex')}`;
  });
}

/** Capabilities that the kernel keeps with the root of a user namespace, as that root sees them (capabilities(7)). */
function ofThisNamespace(value: Buffer, ids: IdMap | undefined): Buffer {
  if (value.length !== 24 || inside(BigInt(value.readUInt32LE(20)), ids) !== 0) return value;
  const plain = Buffer.from(value.subarray(0, 20));
  plain.writeUInt32LE((plain.readUInt32LE(0) & 0xff_ff_ff) | 0x02_00_00_00);
  return plain;
}
