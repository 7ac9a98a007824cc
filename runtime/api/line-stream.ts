import type { Writable } from 'node:stream';
import { dropUnread } from '../os/unread.ts';
import type { Exchange } from './exchange.ts';
import { failureOf } from './status.ts';

/**
 * A stream of JSON records, one a line, that begins with the first of them: what fails before is told by a status, what
 * fails afterwards by a last record, as Docker's clients expect of pull, push, build and load.
 */
export class LineStream {
  #out: Writable | undefined;

  constructor(
    private readonly exchange: Exchange,
    /** Progress lines end with CR LF, others with LF. */
    private readonly newline: '\r\n' | '\n' = '\r\n',
  ) {}

  readonly write = (record: unknown): void => {
    const out = this.start();
    out.write(`${JSON.stringify(record)}${this.newline}`);
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
      this.#out.end();
      if (failureOf(error).bug) throw error;
      return;
    }
    this.start().end();
  }
}

function lastRecord(error: unknown): object {
  const { message } = failureOf(error);
  return { errorDetail: { message }, error: message };
}
