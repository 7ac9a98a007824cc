/** When `POST /containers/{id}/wait` answers. */
export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

/** How a container ended. */
export interface WaitResult {
  readonly StatusCode: number;
  readonly Error: { readonly Message: string } | null;
}

/** Those who wait for a container's end or removal. */
export class Waiters {
  readonly #waiting = {
    exit: new Set<(result: WaitResult) => void>(),
    removal: new Set<(result: WaitResult) => void>(),
  };

  /** Rejects with the signal's reason where the client gives up. */
  wait(what: 'exit' | 'removal', signal: AbortSignal): Promise<WaitResult> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const set = this.#waiting[what];
      const done = (result: WaitResult): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(result);
      };
      const onAbort = (): void => {
        set.delete(done);
        reject(signal.reason);
      };
      set.add(done);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  announce(what: 'exit' | 'removal', result: WaitResult): void {
    const waiting = [...this.#waiting[what]];
    this.#waiting[what].clear();
    for (const done of waiting) done(result);
  }
}
