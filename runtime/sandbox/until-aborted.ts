/** What comes first: the outcome, or the signal's abort as an error. */
export async function untilAborted<T>(outcome: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return outcome;
  signal.throwIfAborted();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([outcome, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
