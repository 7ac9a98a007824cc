import { expect, it } from 'vitest';
import { asDiffId, type ChainId, parseDigest } from '../../core/image/digest.ts';
import { goingThings } from './cache-space.ts';
import type { CachedThing } from './cached-things.ts';

const layer = (digit: string) => asDiffId(parseDigest(`sha256:${digit.repeat(64)}`)!);
const chain = (name: string) => name as ChainId;
const at = (minute: number) => new Date(minute * 60_000);
const nothing = { reserved: 0, mostUsed: 0, leastFree: 0 };

function step(id: string, facts: Partial<CachedThing>): CachedThing {
  const common = { type: 'regular', description: '', bytes: 100, inUse: false, shared: false } as const;
  return { ...common, id, createdAt: at(0), usedAt: at(0), ...facts };
}

/** Three steps on each other, the lowest used first, and one by itself that nobody used since. */
const things = [
  step('base', { diffId: layer('a'), chain: chain('a'), createdAt: at(1), usedAt: at(1) }),
  step('middle', { diffId: layer('b'), parent: chain('a'), chain: chain('b'), createdAt: at(2), usedAt: at(2) }),
  step('top', { diffId: layer('c'), parent: chain('b'), chain: chain('c'), createdAt: at(3), usedAt: at(9) }),
  step('old', { diffId: layer('d'), chain: chain('d'), createdAt: at(4), usedAt: at(4) }),
];
const going = (space: Partial<typeof nothing>, free = 1000, of = things): string[] =>
  goingThings(of, { ...nothing, ...space }, free).map(({ id }) => id);

it('without a limit everything goes', () => {
  expect(going({})).toEqual(['base', 'middle', 'top', 'old']);
});

it('what was not used for longest goes until the rest fits, and a step only after those on top of it', () => {
  expect(going({ reserved: 400 })).toEqual([]);
  expect(going({ reserved: 300 })).toEqual(['old']);
  expect(going({ mostUsed: 299 })).toEqual(['old', 'top']);
  expect(going({ mostUsed: 1 })).toEqual(['old', 'top', 'middle', 'base']);
});

it('the disk gets as much as it lacks, but nothing of what is reserved', () => {
  expect(going({ leastFree: 1000 })).toEqual([]);
  expect(going({ leastFree: 1100 })).toEqual(['old']);
  expect(going({ leastFree: 1300, reserved: 300 })).toEqual(['old']);
  expect(going({ leastFree: 1300, mostUsed: 350 })).toEqual(['old', 'top', 'middle']);
});

it('what images have costs nothing, and what two steps made is counted once', () => {
  const shared = step('shared', { diffId: layer('e'), chain: chain('e'), shared: true, usedAt: at(8) });
  expect(going({ mostUsed: 400 }, 1000, [...things, shared])).toEqual([]);
  const twin = step('twin', { diffId: layer('d'), chain: chain('d'), usedAt: at(5) });
  expect(going({ mostUsed: 300 }, 1000, [...things, twin])).toEqual(['old', 'twin']);
});

it('what a RUN uses at the moment stays', () => {
  const mount = step('mount', { type: 'exec.cachemount', inUse: true });
  expect(going({ mostUsed: 1 }, 1000, [mount, ...things])).toEqual(['old', 'top', 'middle', 'base']);
});
