import type { Snapshotter } from './snapshotter.ts';

/** Milliseconds between two looks at whether something is to be written: as long as the kernel itself waits, twice. */
const INTERVAL_MS = 60_000;

/**
 * Has a snapshotter's layers written to the disk now and then, so that they outlive a crash of the machine, without
 * anybody waiting for it. `failed` is told what went wrong.
 */
export function settleNowAndThen(
  snapshotter: Pick<Snapshotter, 'settle'>,
  failed: (error: unknown) => void,
  intervalMs = INTERVAL_MS,
): AsyncDisposable {
  const ending = new AbortController();
  let settling: Promise<void> = Promise.resolve();
  let isSettling = false;
  const timer = setInterval(() => {
    if (isSettling) return;
    isSettling = true;
    settling = snapshotter
      .settle(ending.signal)
      .catch((error: unknown) => {
        if (!ending.signal.aborted) failed(error);
      })
      .finally(() => {
        isSettling = false;
      });
  }, intervalMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      ending.abort();
      await settling;
    },
  };
}
