/** Counts who uses what: a thing is in use until each user has given it up. */
export class UseCounts<T> {
  readonly #counts = new Map<T, number>();

  has(thing: T): boolean {
    return this.#counts.has(thing);
  }

  /** One user more of each. */
  add(things: Iterable<T>): void {
    for (const thing of things) this.#counts.set(thing, (this.#counts.get(thing) ?? 0) + 1);
  }

  /** One user fewer of each. */
  remove(things: Iterable<T>): void {
    for (const thing of things) {
      const left = (this.#counts.get(thing) ?? 1) - 1;
      if (left > 0) this.#counts.set(thing, left);
      else this.#counts.delete(thing);
    }
  }
}
