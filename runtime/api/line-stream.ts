import type { Writable } from 'node:stream';
import { dropUnread } from '../os/unread.ts';
import type { Exchange } from './exchange.ts';
import { failureOf } from './status.ts';

/** Most characters that wait for the end of the turn. */
const MOST_PENDING = 1 << 16;

/**
 * A stream of JSON records, one a line, that begins with the first of them: what fails before is told by a status, what
 * fails afterwards by a last record, as Docker's clients expect of pull, push, build and load.
 */
export class LineStream {
  #out: Writable | undefined;
  /** What was said in this turn of the event loop: it goes out at once, as each write wakes the client. */
  #pending = '';

  constructor(
    private readonly exchange: Exchange,
    /** Progress lines end with CR LF, others with LF. */
    private readonly newline: '\r\n' | '\n' = '\r\n',
  ) {}

  readonly write = (record: unknown): void => {
    this.start();
    if (this.#pending === '') setImmediate(this.#flush);
    this.#pending += `${JSON.stringify(record)}${this.newline}`;
    if (this.#pending.length > MOST_PENDING) this.#flush();
  };

  readonly #flush = (): void => {
    if (this.#pending === '') return;
    const out = this.start();
    out.write(this.#pending);
    this.#pending = '';
    dropUnread(out);
  };

  /** Sends the head now. */
  start(): Writable {
    this.#out ??= this.exchange.startStream('application/json');
    return this.#out;
  }

  /** Does the work and ends the stream; `failed` is the last record of a stream that had begun. */
  async run(work: () => Promise<void>, failed: (error: unknown) => object = lastRecord): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#out === undefined || this.exchange.signal.aborted) throw error;
      this.write(failed(error));
      this.#end();
      if (failureOf(error).bug) throw error;
      return;
    }
    this.#end();
  }

  #end(): void {
    this.#flush();
    this.start().end();
  }
}

function lastRecord(error: unknown): object {
  const { message } = failureOf(error);
  return { errorDetail: { message }, error: message };
}
