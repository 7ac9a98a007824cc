/** Does the tasks of one name one after the other, in the order in which they were given; those of others beside them. */
export class SerialByName {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Calls `task` when all earlier tasks of this name have ended, and gives its result. */
  run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const done = before === undefined ? task() : before.then(task);
    // The next task waits for this one, whether it succeeds or not; its caller hears of a failure.
    const quiet = done.catch(() => undefined);
    this.#last.set(name, quiet);
    void quiet.then(() => {
      if (this.#last.get(name) === quiet) this.#last.delete(name);
    });
    return done;
  }

  /** Resolves when the tasks of this name that were given until now have ended. */
  async settled(name: string): Promise<void> {
    await this.#last.get(name);
  }
}
