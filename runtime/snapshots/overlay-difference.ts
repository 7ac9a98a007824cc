import { joinPath, keyOf, splitPath } from '../archive/contained-path.ts';
import { walkTree } from '../archive/pack.ts';
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
  for await (const file of walkTree(upper)) {
    if (isWhiteout(file.stats)) {
      yield { kind: 'D', name: file.name };
      continue;
    }
    const below = await lower.lookup(splitPath(file.name));
    const opaque = file.stats.isDirectory() && isOpaque(file.path, opaqueAttribute);
    yield { kind: below === undefined ? 'A' : 'C', file, opaque: opaque && below !== undefined };
    if (opaque && deep === 'deep' && below?.isDirectory()) yield* hidden(upper, lower, splitPath(file.name));
  }
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
