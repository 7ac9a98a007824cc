import { expect, it } from 'vitest';
import { Pager } from './pager.ts';

const { signal } = new AbortController();
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => String(from + index));

it('shows in pages what a server sends at once', async () => {
  let asked = 0;
  const pager = new Pager(async () => {
    asked += 1;
    return { items: numbers(0, 5), next: undefined };
  }, 2);
  for (const [shown, atEnd] of [
    [2, false],
    [4, false],
    [5, true],
    [5, true],
  ] as const) {
    await pager.more(signal);
    expect({ shown: pager.items.length, atEnd: pager.atEnd }).toEqual({ shown, atEnd });
  }
  expect(asked).toBe(1);
});

it('asks small pages until there is a screenful', async () => {
  const pager = new Pager(async (next) => {
    const from = Number(next ?? 0);
    return { items: numbers(from, from + 2), next: from < 6 ? String(from + 2) : undefined };
  }, 5);
  await pager.more(signal);
  expect(pager.items).toEqual(numbers(0, 5));
  await pager.more(signal);
  expect({ items: pager.items, atEnd: pager.atEnd }).toEqual({ items: numbers(0, 8), atEnd: true });
});

it('leaves a server that sends in circles', async () => {
  const pager = new Pager(async () => ({ items: ['a', 'b'], next: 'again' }), 100);
  await pager.more(signal);
  expect({ items: pager.items, atEnd: pager.atEnd }).toEqual({ items: ['a', 'b'], atEnd: true });
});

it('can be asked again after an error', async () => {
  let broken = true;
  const pager = new Pager(async () => {
    if (broken) throw new Error('gone');
    return { items: ['a'], next: undefined };
  });
  await expect(pager.more(signal)).rejects.toThrow('gone');
  expect(pager.begun).toBe(false);
  broken = false;
  await pager.more(signal);
  expect(pager.items).toEqual(['a']);
});
