/** Runs one task after the other. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    // The next task runs whether this one fails or not; its caller hears of it.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
