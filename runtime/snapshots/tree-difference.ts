import type { BigIntStats } from 'node:fs';
import { open, readdir, readlink } from 'node:fs/promises';
import { joinPath } from '../archive/contained-path.ts';
import { AnchoredFolder, type Folder, lastName } from '../archive/folder.ts';
import { haveSameXattrs, type PackedFile } from '../archive/pack.ts';
import { enter, type FoundFile, lookAt, walkFolder } from '../archive/walk.ts';
import { hasErrno } from '../os/errno.ts';
import type { Difference } from './difference.ts';
import { lstatBig } from './lower-tree.ts';

const CHUNK = 1 << 18;

export interface TreeDifferenceOptions {
  /** Paths, as `/etc/hosts` in latin1, that count as part of the old tree. */
  readonly mountPoints: ReadonlySet<string>;
  /**
   * `shown`: what `docker diff` wants. `layer`: what a layer needs, which is also the names that files have got a new one
   * beside, last of all; `times`: with directories of which only the time changed.
   */
  readonly depth: 'shown' | 'layer' | 'times';
  /** When `after` was whole as a copy, in nanoseconds: what was touched since is compared by content. */
  readonly copied: bigint;
}

/**
 * Compares two whole trees, of which `after` began as a copy of `before`. Files count as the same where their
 * attributes, size and time to the nanosecond are. A directory in which something changed counts as changed.
 */
export async function* treeDifferences(
  before: Buffer | undefined,
  after: Buffer,
  options: TreeDifferenceOptions,
): AsyncGenerator<Difference> {
  const { mountPoints, depth } = options;
  const trees: Trees = {
    ...options,
    before,
    placesAbove: new Set([...mountPoints].map((path) => path.slice(0, path.lastIndexOf('/')) || '/')),
    unchanged: [],
  };
  const told = new Set<bigint>();
  const root = await AnchoredFolder.open(after);
  try {
    for await (const difference of compareFolder(trees, root, Buffer.alloc(0))) {
      if (difference.kind !== 'D' && difference.file.stats.nlink > 1n) told.add(difference.file.stats.ino);
      yield difference;
    }
  } finally {
    root.release();
  }
  if (depth === 'shown') return;
  // All of them become links to what was told: their content is not looked at, nor is their folder there any more.
  for (const file of trees.unchanged) if (told.has(file.stats.ino)) yield { kind: 'C', file, opaque: false };
}

interface Trees extends TreeDifferenceOptions {
  readonly before: Buffer | undefined;
  /** The directories of the mount points, whose time starting a container changes. */
  readonly placesAbove: ReadonlySet<string>;
  /** Files of several names that are as they were. */
  readonly unchanged: PackedFile[];
}

async function* compareFolder(trees: Trees, folder: Folder, below: Buffer): AsyncGenerator<Difference> {
  const { before, mountPoints } = trees;
  const [old, now] = await Promise.all([before === undefined ? [] : namesIn(before, below), folder.names()]);
  const names = new Map([...old, ...now].map((name) => [name.toString('latin1'), name]));
  for (const last of [...names.values()].sort(Buffer.compare)) {
    const name = below.length === 0 ? last : joinPath(below, [last]);
    const file = await lookAt(folder, below, last);
    const oldPath = before === undefined ? undefined : joinPath(before, [name]);
    const oldStats = oldPath === undefined ? undefined : await lstatBig(oldPath);
    if (file === undefined) {
      if (oldStats !== undefined) yield { kind: 'D', name };
      continue;
    }
    const { stats } = file;
    if (oldStats === undefined || oldPath === undefined) {
      if (!mountPoints.has(`/${name.toString('latin1')}`)) yield* added(file, 'A');
      else if (stats.isDirectory()) yield* changedFolder({ ...trees, before: undefined }, file, false);
    } else if (stats.isDirectory() && oldStats.isDirectory()) {
      const differs = (await isAnother(trees, file, oldPath, oldStats)) || hasOtherTime(trees, file, oldStats);
      yield* changedFolder(trees, file, differs);
    } else if (stats.isDirectory()) yield* added(file, 'C');
    else if (await isAnother(trees, file, oldPath, oldStats)) yield { kind: 'C', file, opaque: false };
    else if (stats.nlink > 1n) trees.unchanged.push({ ...file, folder: undefined });
  }
}

async function* added(file: FoundFile, kind: 'A' | 'C'): AsyncGenerator<Difference> {
  yield { kind, file, opaque: false };
  const inside = file.stats.isDirectory() ? await enter(file) : undefined;
  if (inside === undefined) return;
  try {
    for await (const each of walkFolder(inside, file.name)) yield { kind: 'A', file: each, opaque: false };
  } finally {
    inside.release();
  }
}

/** A directory of both trees; `differs` says whether it is another itself. */
async function* changedFolder(trees: Trees, file: FoundFile, differs: boolean): AsyncGenerator<Difference> {
  let said = differs;
  if (said) yield { kind: 'C', file, opaque: false };
  const inside = await enter(file);
  if (inside === undefined) return;
  try {
    for await (const difference of compareFolder(trees, inside, file.name)) {
      if (!said) yield { kind: 'C', file, opaque: false };
      said = true;
      yield difference;
    }
  } finally {
    inside.release();
  }
}

function hasOtherTime({ depth, placesAbove }: Trees, { name, stats }: PackedFile, old: BigIntStats): boolean {
  return depth === 'times' && stats.mtimeNs !== old.mtimeNs && !placesAbove.has(`/${name.toString('latin1')}`);
}

/** Compares all but a directory's time. */
async function isAnother(
  { copied }: Trees,
  { folder, path, stats }: FoundFile,
  oldPath: Buffer,
  old: BigIntStats,
): Promise<boolean> {
  if (stats.mode !== old.mode || stats.uid !== old.uid || stats.gid !== old.gid || stats.rdev !== old.rdev) return true;
  if (!stats.isDirectory() && (stats.mtimeNs !== old.mtimeNs || stats.size !== old.size)) return true;
  if (stats.isSymbolicLink() && !(await haveSameTarget(path, oldPath))) return true;
  // One file may have come in another's place whose size and time were the same.
  if (stats.isFile() && stats.ctimeNs >= copied && !(await haveSameContent(folder, path, oldPath))) return true;
  return !haveSameXattrs(path, oldPath);
}

async function haveSameTarget(path: Buffer, oldPath: Buffer): Promise<boolean> {
  try {
    const [now, then] = await Promise.all([path, oldPath].map((each) => readlink(each, { encoding: 'buffer' })));
    return now!.equals(then!);
  } catch (error) {
    // It has gone since it was looked at.
    if (hasErrno(error, 'ENOENT', 'EINVAL')) return false;
    throw error;
  }
}

async function haveSameContent(folder: Folder, path: Buffer, oldPath: Buffer): Promise<boolean> {
  await using one = await folder.openFile(lastName(path));
  if (one === undefined) return false;
  await using other = await open(oldPath, 'r');
  const [now, then] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
  for (;;) {
    const [a, b] = await Promise.all([one.read(now, 0, CHUNK), other.read(then, 0, CHUNK)]);
    if (!now.subarray(0, a.bytesRead).equals(then.subarray(0, b.bytesRead))) return false;
    if (a.bytesRead === 0) return true;
  }
}

async function namesIn(root: Buffer, below: Buffer): Promise<Buffer[]> {
  return readdir(below.length === 0 ? root : joinPath(root, [below]), { encoding: 'buffer' });
}
