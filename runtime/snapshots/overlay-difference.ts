import type { BigIntStats } from 'node:fs';
import { joinPath, keyOf, splitPath } from '../archive/contained-path.ts';
import { type PackedFile, readXattrs, walkTree } from '../archive/pack.ts';
import type { Difference } from './difference.ts';
import { isOpaque, isWhiteout, type LowerTree } from './lower-tree.ts';

/**
 * What an overlay's upper directory holds over the layers below it. With `deep`, the single names that an opaque
 * directory hides come as deletions too, as `docker diff` wants them; without, the opaque mark says it.
 */
export async function* overlayDifferences(
  upper: Buffer,
  lower: LowerTree,
  opaqueAttribute: string,
  deep: 'deep' | 'marks',
): AsyncGenerator<Difference> {
  // Overlay copies a directory up before anything in it changes: it counts only once something has.
  let copiedUp: Difference[] = [];
  for await (const file of walkTree(upper)) {
    copiedUp = copiedUp.filter((above) => above.kind !== 'D' && isBelow(file.name, above.file.name));
    if (isWhiteout(file.stats)) {
      yield* copiedUp.splice(0);
      yield { kind: 'D', name: file.name };
      continue;
    }
    const below = await lower.lookup(splitPath(file.name));
    const opaque = file.stats.isDirectory() && isOpaque(file.path, opaqueAttribute);
    const difference: Difference = {
      kind: below === undefined ? 'A' : 'C',
      file,
      opaque: opaque && below !== undefined,
    };
    if (!opaque && below !== undefined && isSameDirectory(file, below)) {
      copiedUp.push(difference);
      continue;
    }
    yield* copiedUp.splice(0);
    yield difference;
    if (opaque && deep === 'deep' && below?.isDirectory()) yield* hidden(upper, lower, splitPath(file.name));
  }
}

function isBelow(name: Buffer, folder: Buffer): boolean {
  return name[folder.length] === 0x2f && name.subarray(0, folder.length).equals(folder);
}

/** Attributes count as a change: what the lower directory had of them came along. */
function isSameDirectory({ path, stats }: PackedFile, below: BigIntStats): boolean {
  if (!stats.isDirectory() || !below.isDirectory() || readXattrs(path).size > 0) return false;
  return stats.mode === below.mode && stats.uid === below.uid && stats.gid === below.gid;
}

async function* hidden(upper: Buffer, lower: LowerTree, names: readonly Buffer[]): AsyncGenerator<Difference> {
  const kept = new Set<string>();
  const folder = joinPath(Buffer.alloc(0), names).subarray(1);
  for await (const file of walkTree(upper, folder)) kept.add(keyOf(splitPath(file.name)));
  for (const name of await lower.list(names)) {
    const below = [...names, name];
    if (!kept.has(keyOf(below))) yield { kind: 'D', name: joinPath(Buffer.alloc(0), below).subarray(1) };
  }
}
