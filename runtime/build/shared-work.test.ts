import { expect, test } from 'vitest';
import { parseDigest } from '../../core/image/digest.ts';
import { SharedWork } from './shared-work.ts';

const KEY = parseDigest(`sha256:${'ab'.repeat(32)}`)!;

function promise<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const settled = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { settled, resolve, reject };
}

test('what two want at the same time is done once', async () => {
  const shared = new SharedWork();
  const first = promise<string>();
  let found: string | undefined;
  const never = new AbortController().signal;
  const one = shared.do(
    KEY,
    never,
    async () => found,
    () => first.settled,
  );
  const two = shared.do(
    KEY,
    never,
    async () => found,
    async () => 'again',
  );
  await Promise.resolve();
  found = 'done';
  first.resolve('done');
  expect(await Promise.all([one, two])).toEqual(['done', 'done']);
});

test('where the first fails, it is the next one’s turn', async () => {
  const shared = new SharedWork();
  const first = promise<string>();
  const never = new AbortController().signal;
  const one = shared.do(
    KEY,
    never,
    async () => undefined,
    () => first.settled,
  );
  const two = shared.do(
    KEY,
    never,
    async () => undefined,
    async () => 'mine',
  );
  await Promise.resolve();
  first.reject(new Error('cancelled'));
  await expect(one).rejects.toThrow('cancelled');
  expect(await two).toBe('mine');
});

test('who waits can be cancelled', async () => {
  const shared = new SharedWork();
  const first = promise<string>();
  const waiting = new AbortController();
  const one = shared.do(
    KEY,
    new AbortController().signal,
    async () => undefined,
    () => first.settled,
  );
  await Promise.resolve();
  const two = shared.do(
    KEY,
    waiting.signal,
    async () => undefined,
    async () => 'mine',
  );
  waiting.abort(new Error('enough'));
  await expect(two).rejects.toThrow('enough');
  first.resolve('x');
  expect(await one).toBe('x');
});
