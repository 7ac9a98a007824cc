import type { Writable } from 'node:stream';
import { RefusedRequest } from './engine-client.ts';
import type { ProgressRecord } from './records.ts';

/** Shows the progress of a pull or a build: one line for each layer on a terminal, one for each step elsewhere. */
export class ProgressPrinter {
  readonly #lines = new Map<string, number>();
  #height = 0;

  constructor(private readonly out: Writable & { readonly isTTY?: boolean }) {}

  /** Shows one record. Error: RefusedRequest for one that tells of a failure. */
  show(record: ProgressRecord): void {
    if (record.error !== '') throw new RefusedRequest(500, record.errorDetail?.message || record.error);
    if (record.stream !== '') {
      this.#height = 0;
      this.#lines.clear();
      this.out.write(record.stream);
    } else if (record.status !== '') {
      const progress = record.progress === '' ? '' : ` ${record.progress}`;
      const line = `${record.id === '' ? '' : `${record.id}: `}${record.status}${progress}`;
      if (this.out.isTTY === true && record.id !== '') this.#replace(record.id, line);
      else if (progress === '') this.#append(line);
    }
  }

  #append(line: string): void {
    this.out.write(`${line}\n`);
    this.#height++;
  }

  #replace(id: string, line: string): void {
    const at = this.#lines.get(id);
    if (at === undefined) {
      this.#lines.set(id, this.#height);
      this.#append(line);
      return;
    }
    const up = this.#height - at;
    this.out.write(`\x1b[${up}A\r\x1b[2K${line}\x1b[${up}B\r`);
  }
}
