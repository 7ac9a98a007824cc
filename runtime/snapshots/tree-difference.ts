import type { BigIntStats } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { joinPath } from '../archive/contained-path.ts';
import { type PackedFile, readXattrs, walkTree } from '../archive/pack.ts';
import type { Difference } from './difference.ts';
import { lstatBig } from './lower-tree.ts';

/**
 * Compares two whole trees, of which `after` began as a copy of `before`. Files count as the same where their
 * attributes, size and time to the nanosecond are. A directory in which something changed counts as changed.
 */
export async function* treeDifferences(
  before: Buffer | undefined,
  after: Buffer,
  mountPoints: ReadonlySet<string>,
): AsyncGenerator<Difference> {
  yield* compareFolder({ before, after, mountPoints }, Buffer.alloc(0));
}

interface Trees {
  readonly before: Buffer | undefined;
  readonly after: Buffer;
  /** Paths, as `/etc/hosts` in latin1, that count as part of the old tree. */
  readonly mountPoints: ReadonlySet<string>;
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
      yield* changedFolder(trees, file, await isAnother(file, oldPath, oldStats));
    else if (stats.isDirectory()) yield* added(after, file, 'C');
    else if (await isAnother(file, oldPath, oldStats)) yield { kind: 'C', file, opaque: false };
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

async function isAnother({ path, stats }: PackedFile, oldPath: Buffer, old: BigIntStats): Promise<boolean> {
  if (stats.mode !== old.mode || stats.uid !== old.uid || stats.gid !== old.gid || stats.rdev !== old.rdev) return true;
  if (!stats.isDirectory() && (stats.mtimeNs !== old.mtimeNs || stats.size !== old.size)) return true;
  if (stats.isSymbolicLink()) {
    const [now, then] = await Promise.all([readlink(path), readlink(oldPath)]);
    if (now !== then) return true;
  }
  const [now, then] = [readXattrs(path), readXattrs(oldPath)];
  return now.size !== then.size || [...now].some(([name, value]) => !then.get(name)?.equals(value));
}

async function namesIn(root: Buffer, below: Buffer): Promise<Buffer[]> {
  return readdir(below.length === 0 ? root : joinPath(root, [below]), { encoding: 'buffer' });
}
