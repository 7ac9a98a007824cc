import { expect, test } from 'vitest';
import { type PruneFilterName, pruneFilter } from './prune-filter.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const KNOWN: readonly PruneFilterName[] = ['until', 'label', 'label!'];
const objects = [
  { created: '2026-03-01T11:59:30.123456789Z', labels: { team: 'blue' } },
  { created: '2026-03-01T10:00:00Z', labels: { team: 'red', keep: '' } },
  { created: '2026-02-20T00:00:00Z', labels: null },
];
const chosen = (...filters: readonly (readonly [string, readonly string[]])[]): number[] => {
  const test = pruneFilter(new Map(filters), KNOWN, NOW);
  return objects.flatMap((object, index) => (test(object) ? [index] : []));
};

test.each([
  [[], [0, 1, 2]],
  [[['until', ['1h']]], [1, 2]],
  [[['until', ['1h30m']]], [1, 2]],
  [[['until', ['240h']]], []],
  [[['until', ['2026-03-01T10:30:00Z']]], [1, 2]],
  [[['until', ['2026-02-21']]], [2]],
  [[['until', [String(NOW.getTime() / 1000)]]], [0, 1, 2]],
  [[['label', ['team']]], [0, 1]],
  [[['label', ['team=red']]], [1]],
  [[['label', ['team', 'keep']]], [1]],
  [[['label!', ['team']]], [2]],
  [[['label!', ['team=blue']]], [1, 2]],
  [[['label!', ['team', 'keep']]], [0, 2]],
  [
    [
      ['label', ['team']],
      ['label!', ['keep']],
      ['until', ['10s']],
    ],
    [0],
  ],
] as const)('%j chooses %j', (filters, expected) => {
  expect(chosen(...filters)).toEqual(expected);
});

test('what cannot be understood is refused', () => {
  expect(() => chosen(['until', ['soon']])).toThrow('until=soon');
  expect(() => chosen(['until', ['1h', '2h']])).toThrow('more than one until filter specified');
  expect(() => chosen(['name', ['x']])).toThrow("invalid filter 'name'");
  expect(() => pruneFilter(new Map([['until', ['1h']]]), ['label'], NOW)).toThrow("invalid filter 'until'");
});
