import { expect, test } from 'vitest';
import { CacheMountLocks } from './cache-mount-locks.ts';

const never = new AbortController().signal;

test('one at a time has a cache, in whatever order they come', async () => {
  const locks = new CacheMountLocks();
  const order: string[] = [];
  const use = async (name: string): Promise<void> => {
    const release = await locks.take('a', never);
    order.push(`${name} in`);
    await Promise.resolve();
    order.push(`${name} out`);
    release();
  };
  await Promise.all([use('1'), use('2'), use('3')]);
  expect(order.map((each) => each.split(' ')[1])).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
});

test('a cache that somebody has is not to be had at once, another is', async () => {
  const locks = new CacheMountLocks();
  const release = locks.tryTake('a');
  expect(locks.tryTake('a')).toBeUndefined();
  expect(locks.tryTake('b')).toBeDefined();
  release?.();
  expect(locks.tryTake('a')).toBeDefined();
});

test('who waits for a cache can be cancelled, and holds nobody up', async () => {
  const locks = new CacheMountLocks();
  const release = await locks.take('a', never);
  const waiting = new AbortController();
  const second = locks.take('a', waiting.signal);
  waiting.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  release();
  expect(locks.tryTake('a')).toBeDefined();
});
