/** Who uses which cache mount: one that is not shared has one user at a time. */
export class CacheMountLocks {
  readonly #held = new Map<string, Promise<void>>();
  readonly #users = new Map<string, number>();

  /** Resolves when the cache is ours, with what gives it back. Throws the signal's reason. */
  async take(id: string, signal: AbortSignal): Promise<() => void> {
    for (;;) {
      signal.throwIfAborted();
      const free = this.tryTake(id);
      if (free !== undefined) return free;
      await untilSettled(this.#held.get(id), signal);
    }
  }

  /** Counts a user, whatever else uses the cache; gives what ends its use. */
  use(id: string): () => void {
    const count = (by: number): void => {
      this.#users.set(id, (this.#users.get(id) ?? 0) + by);
      if (this.#users.get(id) === 0) this.#users.delete(id);
    };
    count(1);
    return () => count(-1);
  }

  isUsed(id: string): boolean {
    return this.#users.has(id);
  }

  /** Gives what gives the cache back, where nobody uses it. */
  tryTake(id: string): (() => void) | undefined {
    if (this.#held.has(id)) return undefined;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held.set(id, held);
    return () => {
      this.#held.delete(id);
      release();
    };
  }
}

function untilSettled(held: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  if (held === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      signal.removeEventListener('abort', go);
      resolve();
    };
    signal.addEventListener('abort', go, { once: true });
    held.then(go, go);
  });
}
