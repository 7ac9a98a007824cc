/** How long to wait before the next attempt, in milliseconds: doubles from half a second to half a minute. */
export function backOff(attempt: number): number {
  return Math.min(500 * 2 ** Math.min(attempt, 10), 30_000);
}

/** Waits, or rejects with the signal's reason as soon as it aborts. Leaves no listener and no timer behind. */
export function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
