import { expect, it } from 'vitest';
import { asDiffId, parseDigest } from '../../core/image/digest.ts';
import { parseFilters } from '../../protocol/engine/filters.ts';
import type { CachedThing } from '../build/cached-things.ts';
import { cacheFilter } from './cache-filter.ts';

const now = new Date('2026-01-02T12:00:00Z');
const diffId = asDiffId(parseDigest(`sha256:${'d'.repeat(64)}`)!);
const facts = { description: '', bytes: 1, inUse: false, shared: false, createdAt: new Date(0) };
const things: readonly CachedThing[] = [
  { ...facts, id: 'old', type: 'regular', diffId, usedAt: new Date('2026-01-01T00:00:00Z') },
  { ...facts, id: 'new', type: 'regular', diffId, usedAt: new Date('2026-01-02T11:00:00Z') },
  { ...facts, id: 'image', type: 'regular', diffId, shared: true, usedAt: new Date('2026-01-01T00:00:00Z') },
  { ...facts, id: 'empty', type: 'regular', usedAt: new Date('2026-01-01T00:00:00Z') },
  { ...facts, id: 'mount', type: 'exec.cachemount', inUse: true, usedAt: new Date('2026-01-01T00:00:00Z') },
];

function taken(filters: Record<string, string[]>, reach: 'all' | 'dangling' = 'all'): string[] {
  const filter = cacheFilter(parseFilters(JSON.stringify(filters))!, reach, now);
  return things.filter((thing) => filter?.(thing) ?? true).map(({ id }) => id);
}

it('takes everything where all is wanted, and otherwise only what frees space', () => {
  expect(taken({})).toEqual(['old', 'new', 'image', 'empty', 'mount']);
  expect(taken({}, 'dangling')).toEqual(['old', 'new', 'mount']);
});

it('leaves what was used since, and what any filter does not want', () => {
  expect(taken({ until: ['24h'] })).toEqual(['old', 'image', 'empty', 'mount']);
  expect(taken({ 'unused-for': ['24h'], type: ['regular'] }, 'dangling')).toEqual(['old']);
  expect(taken({ id: ['mou'] })).toEqual(['mount']);
  expect(taken({ id: ['dddd'], shared: [''] })).toEqual(['image']);
  expect(taken({ private: ['true'], inuse: ['false'] })).toEqual(['old', 'new', 'empty']);
});

it('takes nothing by a filter that it does not know, or cannot read', () => {
  expect(() => taken({ parent: ['x'] })).toThrow("invalid filter 'parent'");
  expect(() => taken({ until: ['soon'] })).toThrow('neither a time nor a duration');
  expect(() => taken({ until: ['1h', '2h'] })).toThrow('more than one until filter');
  expect(() => taken({ shared: ['maybe'] })).toThrow("invalid filter 'shared=[maybe]'");
});
