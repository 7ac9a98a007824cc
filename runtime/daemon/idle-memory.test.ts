import { expect, onTestFinished, test } from 'vitest';
import { IdleMemory } from './idle-memory.ts';

const MIB = 1024 * 1024;

/** What takes up room, and nobody has any more. */
function rubbish(): WeakRef<object> {
  const objects = Array.from({ length: 500_000 }, (_, index) => ({ index, text: `${index}` }));
  return new WeakRef(objects);
}

test('what nobody has any more is given back to the machine once nobody asks anything', async () => {
  const memory = new IdleMemory(20);
  onTestFinished(() => memory[Symbol.dispose]());
  const left = rubbish();
  const before = process.memoryUsage.rss();
  expect(left.deref() === undefined).toBe(false);
  memory.touch();
  await expect.poll(() => left.deref() === undefined, { timeout: 15_000 }).toBe(true);
  await expect.poll(() => process.memoryUsage.rss(), { timeout: 15_000 }).toBeLessThan(before - 16 * MIB);
});

test('one that is disposed of leaves no timer', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const before = timers();
  const memory = new IdleMemory();
  memory.touch();
  memory.touch();
  memory[Symbol.dispose]();
  expect(timers()).toBe(before);
});
