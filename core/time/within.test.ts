import { EventEmitter, once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { within } from './within.ts';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Waits for what does not come, while garbage is collected again and again. */
async function waitWhileCollecting(milliseconds: number, signal: AbortSignal): Promise<unknown> {
  const collecting = setInterval(collect, 5);
  try {
    return await once(new EventEmitter(), 'never', { signal: within(milliseconds, signal) }).catch(
      (error: Error) => error.cause,
    );
  } finally {
    clearInterval(collecting);
  }
}

it('ends when its time has come, whatever is collected as garbage meanwhile', async () => {
  const { signal } = new AbortController();
  expect(await waitWhileCollecting(50, signal)).toMatchObject({ name: 'TimeoutError' });
});

it('ends before with the signal that it was given, and its reason', async () => {
  const controller = new AbortController();
  const waiting = waitWhileCollecting(60_000, controller.signal);
  controller.abort('no longer wanted');
  expect(await waiting).toBe('no longer wanted');
  expect(within(60_000, controller.signal).reason).toBe('no longer wanted');
});
