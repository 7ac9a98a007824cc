import type { BigIntStats } from 'node:fs';
import { open, readdir, readlink } from 'node:fs/promises';
import { joinPath } from '../archive/contained-path.ts';
import { haveSameXattrs, type PackedFile, walkTree } from '../archive/pack.ts';
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
    after,
    placesAbove: new Set([...mountPoints].map((path) => path.slice(0, path.lastIndexOf('/')) || '/')),
    unchanged: [],
  };
  const told = new Set<bigint>();
  for await (const difference of compareFolder(trees, Buffer.alloc(0))) {
    if (difference.kind !== 'D' && difference.file.stats.nlink > 1n) told.add(difference.file.stats.ino);
    yield difference;
  }
  if (depth === 'shown') return;
  for (const file of trees.unchanged) if (told.has(file.stats.ino)) yield { kind: 'C', file, opaque: false };
}

interface Trees extends TreeDifferenceOptions {
  readonly before: Buffer | undefined;
  readonly after: Buffer;
  /** The directories of the mount points, whose time starting a container changes. */
  readonly placesAbove: ReadonlySet<string>;
  /** Files of several names that are as they were. */
  readonly unchanged: PackedFile[];
}

async function* compareFolder(trees: Trees, below: Buffer): AsyncGenerator<Difference> {
  const { before, after, mountPoints } = trees;
  const [old, now] = await Promise.all([before === undefined ? [] : namesIn(before, below), namesIn(after, below)]);
  const names = new Map([...old, ...now].map((name) => [name.toString('latin1'), name]));
  for (const last of [...names.values()].sort(Buffer.compare)) {
    const name = below.length === 0 ? last : joinPath(below, [last]);
    const path = joinPath(after, [name]);
    const stats = await lstatBig(path);
    const oldPath = before === undefined ? undefined : joinPath(before, [name]);
    const oldStats = oldPath === undefined ? undefined : await lstatBig(oldPath);
    if (stats === undefined) {
      if (oldStats !== undefined) yield { kind: 'D', name };
      continue;
    }
    const file = { name, path, stats };
    if (oldStats === undefined || oldPath === undefined) {
      if (!mountPoints.has(`/${name.toString('latin1')}`)) yield* added(after, file, 'A');
      else if (stats.isDirectory()) yield* changedFolder({ ...trees, before: undefined }, file, false);
    } else if (stats.isDirectory() && oldStats.isDirectory())
      yield* changedFolder(
        trees,
        file,
        (await isAnother(trees, file, oldPath, oldStats)) || hasOtherTime(trees, file, oldStats),
      );
    else if (stats.isDirectory()) yield* added(after, file, 'C');
    else if (await isAnother(trees, file, oldPath, oldStats)) yield { kind: 'C', file, opaque: false };
    else if (stats.nlink > 1n) trees.unchanged.push(file);
  }
}

async function* added(after: Buffer, file: PackedFile, kind: 'A' | 'C'): AsyncGenerator<Difference> {
  yield { kind, file, opaque: false };
  if (!file.stats.isDirectory()) return;
  for await (const inside of walkTree(after, file.name)) yield { kind: 'A', file: inside, opaque: false };
}

/** A directory of both trees; `differs` says whether it is another itself. */
async function* changedFolder(trees: Trees, file: PackedFile, differs: boolean): AsyncGenerator<Difference> {
  let said = differs;
  if (said) yield { kind: 'C', file, opaque: false };
  for await (const difference of compareFolder(trees, file.name)) {
    if (!said) yield { kind: 'C', file, opaque: false };
    said = true;
    yield difference;
  }
}

function hasOtherTime({ depth, placesAbove }: Trees, { name, stats }: PackedFile, old: BigIntStats): boolean {
  return depth === 'times' && stats.mtimeNs !== old.mtimeNs && !placesAbove.has(`/${name.toString('latin1')}`);
}

/** Compares all but a directory's time. */
async function isAnother(
  { copied }: Trees,
  { path, stats }: PackedFile,
  oldPath: Buffer,
  old: BigIntStats,
): Promise<boolean> {
  if (stats.mode !== old.mode || stats.uid !== old.uid || stats.gid !== old.gid || stats.rdev !== old.rdev) return true;
  if (!stats.isDirectory() && (stats.mtimeNs !== old.mtimeNs || stats.size !== old.size)) return true;
  if (stats.isSymbolicLink()) {
    const [now, then] = await Promise.all([readlink(path), readlink(oldPath)]);
    if (now !== then) return true;
  }
  // One file may have come in another's place whose size and time were the same.
  if (stats.isFile() && stats.ctimeNs >= copied && !(await haveSameContent(path, oldPath))) return true;
  return !haveSameXattrs(path, oldPath);
}

async function haveSameContent(path: Buffer, oldPath: Buffer): Promise<boolean> {
  await using one = await open(path, 'r');
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
