import type { Digest } from '../../core/image/digest.ts';

/** Has each step that several builds want at the same time done by one of them. */
export class SharedWork {
  readonly #underWay = new Map<Digest, Promise<unknown>>();

  /**
   * Gives what `find` finds, else does `work`, or waits for the one who does the same and then asks `find` again: whoever
   * was first may have failed or been cancelled, and then it is the next one's turn. Throws the signal's reason.
   */
  async do<T>(
    key: Digest,
    signal: AbortSignal,
    find: () => Promise<T | undefined>,
    work: () => Promise<T>,
  ): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const other = this.#underWay.get(key);
      if (other !== undefined) await settledOrAborted(other, signal);
      const found = await find();
      if (found !== undefined) return found;
      if (!this.#underWay.has(key)) break;
    }
    const mine = work();
    this.#underWay.set(key, mine);
    try {
      return await mine;
    } finally {
      this.#underWay.delete(key);
    }
  }
}

function settledOrAborted(other: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    signal.addEventListener('abort', aborted, { once: true });
    const settled = (): void => {
      signal.removeEventListener('abort', aborted);
      resolve();
    };
    other.then(settled, settled);
  });
}
