/**
 * Aborts when `signal` does, with its reason, else after `milliseconds` with a TimeoutError.
 *
 * In place of `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: Node.js collects such a timeout as garbage before
 * its time, and whoever waits for it waits forever (https://github.com/nodejs/node/issues/57736).
 */
export function within(milliseconds: number, signal?: AbortSignal): AbortSignal {
  const limit = AbortSignal.timeout(milliseconds);
  // What is listened to is kept until its time has come.
  limit.addEventListener('abort', () => undefined, { once: true });
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}
