import { Readable } from 'node:stream';

/** Files that wait for the disk at a time, while the next is read. */
const MOST = 4;

/** Stores files that come one after the other, going on with the next as soon as one has been read to its end. */
export class PutsUnderWay {
  readonly #puts = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** Stores a file; resolves when its content has been read. Errors of earlier files show here or in `throwFailure`. */
  async add(content: AsyncIterable<Buffer>, put: (content: Readable) => Promise<void>): Promise<void> {
    this.throwFailure();
    let done: () => void = () => undefined;
    const read = new Promise<void>((resolve) => {
      done = resolve;
    });
    async function* telling(): AsyncGenerator<Buffer> {
      try {
        yield* content;
      } finally {
        done();
      }
    }
    const putting = put(Readable.from(telling(), { objectMode: false }))
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#puts.delete(putting));
    this.#puts.add(putting);
    await Promise.race([read, putting]);
    while (this.#puts.size >= MOST) await Promise.race(this.#puts);
    this.throwFailure();
  }

  /** Resolves when no file is being stored any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#puts);
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
