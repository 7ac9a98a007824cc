import type { CachedThing } from './cached-things.ts';

/** How much of the build cache a prune leaves, in bytes; 0 where that is not limited. */
export interface CacheSpace {
  /** Is kept in any case. */
  readonly reserved: number;
  /** More is not kept. */
  readonly mostUsed: number;
  /** As much is to be free on the disk. */
  readonly leastFree: number;
}

/**
 * What of the wanted things goes so that the cache fits: those that were not used for longest, and a step never before
 * those that were done on it. All where nothing is limited. `free` are the bytes of the disk that are free now. By the rules
 * of BuildKit's `calculateKeepBytes` (cache/manager.go): what images have, too, costs nothing, and what two steps made is
 * counted once.
 */
export function goingThings(wanted: readonly CachedThing[], space: CacheSpace, free: number): readonly CachedThing[] {
  const { reserved, mostUsed, leastFree } = space;
  if (reserved === 0 && mostUsed === 0 && leastFree === 0) return wanted;
  const holders = new Map<string, number>();
  for (const each of wanted) holders.set(placeOf(each), (holders.get(placeOf(each)) ?? 0) + 1);
  let left = [...new Map(wanted.map((each) => [placeOf(each), costOf(each)])).values()].reduce((a, b) => a + b, 0);
  const excess = leastFree - free;
  if (reserved === 0 && mostUsed === 0 && excess <= 0) return [];
  const most = mostUsed === 0 && excess > 0 ? left : mostUsed;
  const keep = Math.max(excess > 0 ? Math.min(most, left - excess) : most, reserved);
  const going: CachedThing[] = [];
  for (const each of inOrder(wanted)) {
    if (left <= keep) break;
    if (each.inUse) continue;
    going.push(each);
    const others = holders.get(placeOf(each))! - 1;
    holders.set(placeOf(each), others);
    if (others === 0) left -= costOf(each);
  }
  return going;
}

/** Where the bytes of a thing are. */
function placeOf({ id, diffId }: CachedThing): string {
  return diffId ?? id;
}

function costOf({ bytes, shared }: CachedThing): number {
  return shared ? 0 : bytes;
}

/** What goes first comes first: a step counts as used when the last of those on top of it was. */
function inOrder(things: readonly CachedThing[]): CachedThing[] {
  const lastUse = new Map<string, number>();
  const above = new Map<string, CachedThing[]>();
  for (const each of things) {
    const beside = above.get(each.parent ?? '');
    if (beside === undefined) above.set(each.parent ?? '', [each]);
    else beside.push(each);
  }
  const useOf = (thing: CachedThing): number => {
    const known = lastUse.get(thing.id);
    if (known !== undefined) return known;
    lastUse.set(thing.id, thing.usedAt.getTime());
    const children = thing.diffId === undefined ? [] : (above.get(thing.chain ?? '') ?? []);
    const use = Math.max(thing.usedAt.getTime(), ...children.map(useOf));
    lastUse.set(thing.id, use);
    return use;
  };
  return [...things].sort((a, b) => useOf(a) - useOf(b) || b.createdAt.getTime() - a.createdAt.getTime());
}
