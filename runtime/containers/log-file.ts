import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * The log of a container: a line of JSON for each line that it writes, as Docker's `json-file` driver keeps them. The
 * container's keeper writes it; what has been sent to anybody attached, and all before a container's end, is in the file.
 * A full file is moved aside: `path.1` is the one before `path`.
 */
export class LogFile {
  constructor(
    /** Of the newest file, absolute. */
    readonly path: string,
    /** How many files are kept, the newest included. */
    readonly maxFiles: number,
  ) {}

  /** Calls back after the newest file has changed or been moved aside; its folder must exist. */
  follow(listener: () => void): Disposable {
    const name = basename(this.path);
    const watcher = watch(dirname(this.path), (_, changed) => {
      if (changed === null || changed === name) listener();
    });
    // A folder that is removed says so by an event; the reader then finds no file.
    watcher.on('error', () => watcher.close());
    return { [Symbol.dispose]: () => watcher.close() };
  }
}
