import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { basename } from 'node:path/posix';
import { resolveInRoot } from '../rootfs-path.ts';
import type { PathStat } from './request.ts';

/** A path as a user wrote it, with what it leads to. */
export interface FoundPath {
  readonly stat: PathStat;
  /** Where it is, all links but a last one followed; a last one too where the path ends in `/` or `/.`. */
  readonly real: string;
  readonly isDirectory: boolean;
}

/** Bits of Go's `os.FileMode` that are not the permissions. */
const GO = {
  directory: 2 ** 31,
  symlink: 2 ** 27,
  device: 2 ** 26,
  fifo: 2 ** 25,
  socket: 2 ** 24,
  setuid: 2 ** 23,
  setgid: 2 ** 22,
  character: 2 ** 21,
  sticky: 2 ** 20,
} as const;

/** Types of files in a mode of lstat(2), with Go's bits for them. */
const TYPES: ReadonlyMap<number, number> = new Map([
  [0o040000, GO.directory],
  [0o120000, GO.symlink],
  [0o060000, GO.device],
  [0o020000, GO.device + GO.character],
  [0o010000, GO.fifo],
  [0o140000, GO.socket],
]);

/** A mode of lstat(2) as Go writes it. */
export function goMode(mode: number): number {
  const special = (mode & 0o4000 ? GO.setuid : 0) + (mode & 0o2000 ? GO.setgid : 0) + (mode & 0o1000 ? GO.sticky : 0);
  return (mode & 0o777) + (TYPES.get(mode & 0o170000) ?? 0) + special;
}

/** `/dir/.` keeps its end, which says that what is in the directory is meant. */
export function absolutePath(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  const end = /(?:^|\/)\.$/.test(path) ? '/.' : path.endsWith('/') ? '/' : '';
  return names.length === 0 ? '/' : `/${names.join('/')}${end}`;
}

/** Looks at a path of the root that this process is in. Fails as lstat(2) does. */
export async function findPath(path: string): Promise<FoundPath> {
  const absolute = absolutePath(path);
  const follows = /\/\.?$/.test(absolute);
  const plain = absolute.replace(/(.)\/\.?$/, '$1');
  const parent = plain.slice(0, plain.lastIndexOf('/')) || '/';
  const real = follows
    ? await resolveInRoot('/', plain)
    : `${(await resolveInRoot('/', parent)).replace(/\/$/, '')}/${basename(plain)}`;
  // What ends in a slash must be a directory: the kernel says so.
  const stats = await lstat(follows && real !== '/' ? `${real}/` : real, { bigint: true });
  const linkTarget = stats.isSymbolicLink() ? await resolveInRoot('/', plain) : '';
  return {
    real,
    isDirectory: stats.isDirectory(),
    stat: {
      name: basename(absolute.endsWith('/.') ? '.' : plain) || '/',
      size: Number(stats.size),
      mode: goMode(Number(stats.mode)),
      mtime: goTime(stats),
      linkTarget,
    },
  };
}

function goTime({ mtimeNs }: BigIntStats): string {
  const seconds = new Date(Number(mtimeNs / 1_000_000n)).toISOString().slice(0, 19);
  const fraction = String(((mtimeNs % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}
