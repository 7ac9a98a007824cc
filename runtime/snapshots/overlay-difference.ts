import type { BigIntStats } from 'node:fs';
import { joinPath, splitPath } from '../archive/contained-path.ts';
import { haveSameXattrs, type PackedFile } from '../archive/pack.ts';
import { enter, type FoundFile, walkLiveTree } from '../archive/walk.ts';
import type { Difference } from './difference.ts';
import { isOpaque, isWhiteout, type LowerFile, type LowerTree } from './lower-tree.ts';

export interface OverlayDifferenceOptions {
  /** Name of the attribute that marks an opaque directory. */
  readonly opaqueAttribute: string;
  /**
   * `marks`: what a layer needs, deletions below an opaque directory said by its mark; `times`: with directories of which
   * only the time changed. `deep`: what `docker diff` wants, as if both trees were compared: the single names that are
   * gone, and nothing that looks as it did.
   */
  readonly depth: 'deep' | 'marks' | 'times';
  /** Paths, as `/etc/hosts` in latin1, that count as part of the layers below where this snapshot has made them. */
  readonly mountPoints: ReadonlySet<string>;
}

/** What an overlay's upper directory holds over the layers below it. */
export async function* overlayDifferences(
  upper: Buffer,
  lower: LowerTree,
  { opaqueAttribute, depth, mountPoints }: OverlayDifferenceOptions,
): AsyncGenerator<Difference> {
  // Overlay copies a directory up before anything in it changes: it counts only once something has.
  let copiedUp: Difference[] = [];
  /** The topmost directory that hides the lower one: below it, what is not in the upper one is gone. */
  let replaced: Buffer | undefined;
  const placesAbove = new Set([...mountPoints].map((path) => path.slice(0, path.lastIndexOf('/')) || '/'));
  /** Whether a directory's time is worth an entry. */
  const isTold = ({ name, stats }: PackedFile, below: LowerFile): boolean =>
    depth === 'times' && stats.mtimeNs !== below.stats.mtimeNs && !placesAbove.has(`/${name.toString('latin1')}`);
  for await (const file of walkLiveTree(upper)) {
    copiedUp = copiedUp.filter((above) => above.kind !== 'D' && isBelow(file.name, above.file.name));
    if (replaced !== undefined && !isBelow(file.name, replaced)) replaced = undefined;
    if (isWhiteout(file.stats)) {
      yield* copiedUp.splice(0);
      yield { kind: 'D', name: file.name };
      continue;
    }
    const names = splitPath(file.name);
    const below = await lower.lookup(names);
    if (below === undefined && mountPoints.has(`/${file.name.toString('latin1')}`)) {
      if (file.stats.isDirectory()) copiedUp.push({ kind: 'C', file, opaque: false });
      continue;
    }
    const opaque = file.stats.isDirectory() && isOpaque(file.path, opaqueAttribute);
    if (opaque) replaced ??= file.name;
    const difference: Difference = {
      kind: below === undefined ? 'A' : 'C',
      file,
      opaque: opaque && below !== undefined,
    };
    if (depth === 'deep') {
      if (below !== undefined && looksTheSame(file.stats, below.stats)) {
        if (file.stats.isDirectory()) copiedUp.push(difference);
      } else {
        yield* copiedUp.splice(0);
        yield difference;
      }
      if (replaced === undefined || !file.stats.isDirectory() || !below?.stats.isDirectory()) continue;
      for await (const gone of hidden(file, lower, names)) {
        yield* copiedUp.splice(0);
        yield gone;
      }
    } else if (!opaque && below !== undefined && isSameDirectory(file, below) && !isTold(file, below)) {
      copiedUp.push(difference);
    } else {
      yield* copiedUp.splice(0);
      yield difference;
    }
  }
}

function isBelow(name: Buffer, folder: Buffer): boolean {
  return name[folder.length] === 0x2f && name.subarray(0, folder.length).equals(folder);
}

/** Whether a directory was copied up only, whatever its time. */
function isSameDirectory({ path, stats }: PackedFile, { path: lowerPath, stats: below }: LowerFile): boolean {
  if (!stats.isDirectory() || !below.isDirectory()) return false;
  if (stats.mode !== below.mode || stats.uid !== below.uid || stats.gid !== below.gid) return false;
  return haveSameXattrs(path, lowerPath);
}

/** Compares as dockerd does: of directories neither size nor time. */
function looksTheSame(now: BigIntStats, before: BigIntStats): boolean {
  if (now.mode !== before.mode || now.uid !== before.uid || now.gid !== before.gid || now.rdev !== before.rdev) {
    return false;
  }
  return now.isDirectory() || (now.mtimeNs === before.mtimeNs && now.size === before.size);
}

/** What a directory of the lower tree has that the upper one has not. */
async function* hidden(file: FoundFile, lower: LowerTree, names: readonly Buffer[]): AsyncGenerator<Difference> {
  const folder = await enter(file);
  const inUpper = (await folder?.names()) ?? [];
  folder?.release();
  const kept = new Set(inUpper.map((name) => name.toString('latin1')));
  for (const name of await lower.list(names)) {
    if (kept.has(name.toString('latin1'))) continue;
    yield { kind: 'D', name: joinPath(Buffer.alloc(0), [...names, name]).subarray(1) };
  }
}
