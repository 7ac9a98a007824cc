import { badTar } from './tar-header.ts';

/** Takes exact numbers of bytes from a stream of chunks, without copying where a chunk holds them. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next `size` bytes; undefined at the stream's end. Fewer before the end are an error. */
  async take(size: number): Promise<Buffer | undefined> {
    if (this.#chunk.length - this.#at >= size) return this.#cut(size);
    const parts: Buffer[] = [];
    let missing = size;
    while (missing > 0) {
      const part = await this.takeSome(missing);
      if (part === undefined) {
        if (parts.length === 0) return undefined;
        throw badTar('it ends in the middle of an entry', 'tar-truncated');
      }
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts, size);
  }

  /** At least one and at most `most` bytes, as the stream brings them; undefined at its end. */
  async takeSome(most: number): Promise<Buffer | undefined> {
    while (this.#at === this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done) return undefined;
      this.#chunk = next.value;
      this.#at = 0;
    }
    return this.#cut(Math.min(most, this.#chunk.length - this.#at));
  }

  async skip(size: number): Promise<void> {
    for (let left = size; left > 0; ) {
      const part = await this.takeSome(left);
      if (part === undefined) throw badTar('it ends in the middle of an entry', 'tar-truncated');
      left -= part.length;
    }
  }

  /** Skips at most so many bytes: the stream may end before. */
  async skipSome(most: number): Promise<void> {
    for (let left = most; left > 0; ) {
      const part = await this.takeSome(left);
      if (part === undefined) return;
      left -= part.length;
    }
  }

  /** Reads to the end, so that a check at the stream's end takes place. */
  async drain(): Promise<void> {
    this.#at = this.#chunk.length;
    while (!(await this.#chunks.next()).done);
  }

  /** Lets the stream go before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #cut(size: number): Buffer {
    const cut = this.#chunk.subarray(this.#at, this.#at + size);
    this.#at += size;
    return cut;
  }
}
