/** One answer of a list: what it holds, and where the rest is. */
export interface Page {
  readonly items: readonly string[];
  /** What to ask for next; undefined at the end. */
  readonly next: string | undefined;
}

/** Rows that one “Load More” brings. */
export const PAGE_SIZE = 100;

/** A list that is fetched as far as it is looked at. Servers that send everything at once are shown in pages, too. */
export class Pager {
  readonly #all: string[] = [];
  #next: string | undefined;
  #shown = 0;
  #begun = false;

  constructor(
    private readonly fetch: (next: string | undefined, signal: AbortSignal) => Promise<Page>,
    private readonly size = PAGE_SIZE,
  ) {}

  get items(): readonly string[] {
    return this.#all.slice(0, this.#shown);
  }

  /** Whether there is nothing after `items`. */
  get atEnd(): boolean {
    return this.#begun && this.#next === undefined && this.#shown >= this.#all.length;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Brings the next page. */
  async more(signal: AbortSignal): Promise<void> {
    const wanted = this.#shown + this.size;
    while (this.#all.length < wanted && (!this.#begun || this.#next !== undefined)) {
      const { items, next } = await this.fetch(this.#next, signal);
      this.#begun = true;
      // A server that names the same place again would be asked for ever.
      this.#next = next === this.#next || items.length === 0 ? undefined : next;
      const known = new Set(this.#all);
      this.#all.push(...items.filter((item) => !known.has(item)));
    }
    this.#shown = Math.min(wanted, this.#all.length);
  }
}
