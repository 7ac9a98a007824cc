import { expect, test } from 'vitest';
import { Cleanup } from './cleanup.ts';

test('everything is undone in reverse order, though something fails', async () => {
  const done: string[] = [];
  const scope = async (): Promise<void> => {
    await using cleanup = new Cleanup();
    cleanup.defer(() => void done.push('first'));
    cleanup.defer(async () => {
      done.push('second');
      throw new Error('cannot undo');
    });
    cleanup.defer(() => void done.push('third'));
  };
  await expect(scope()).rejects.toThrow('cannot undo');
  expect(done).toEqual(['third', 'second', 'first']);
});
