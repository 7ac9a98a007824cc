import { type FileHandle, open } from 'node:fs/promises';
import type { OutputName } from './frames.ts';
import { timestamp } from './timestamp.ts';

/** Longest line that is kept in one piece, bytes (Docker's own limit). */
const LINE = 16 * 1024;
/** Bytes waiting for the disk above which the process waits. */
const HIGH_WATER = 1 << 20;

/**
 * The log of a container: a line of JSON for each line that it writes, as Docker's `json-file` driver keeps them. Writing
 * never blocks: lines are collected while the disk is busy.
 */
export class LogFile {
  readonly #partial = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  readonly #followers = new Set<() => void>();
  #pending: string[] = [];
  #pendingSize = 0;
  #writing: Promise<void> | undefined;
  #file: FileHandle | undefined;
  #failed = false;

  constructor(readonly path: string) {}

  /** Takes what a process wrote. Gives a promise where the disk is far behind. */
  append(name: OutputName, chunk: Buffer): Promise<void> | undefined {
    let start = 0;
    for (;;) {
      const newline = chunk.indexOf(10, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      if (end > start) this.#partial[name].push(chunk.subarray(start, end));
      const size = this.#partial[name].reduce((sum, part) => sum + part.length, 0);
      if (newline >= 0 || size >= LINE) this.#line(name);
      if (newline < 0) break;
      start = end;
    }
    return this.#pendingSize > HIGH_WATER ? this.#writing : undefined;
  }

  /** Writes out unfinished lines and closes the file; a later `append` opens it again. */
  async close(): Promise<void> {
    this.#line('stdout');
    this.#line('stderr');
    await this.#writing;
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Waits until all that came so far can be read from the file. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  /** Calls back after every write to the file. */
  follow(listener: () => void): Disposable {
    this.#followers.add(listener);
    return { [Symbol.dispose]: () => void this.#followers.delete(listener) };
  }

  #line(name: OutputName): void {
    const parts = this.#partial[name];
    if (parts.length === 0) return;
    this.#partial[name] = [];
    const log = (parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString('utf8');
    const line = `${JSON.stringify({ log, stream: name, time: timestamp() })}\n`;
    this.#pending.push(line);
    this.#pendingSize += line.length;
    this.#writing ??= this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      // What comes within one turn of the event loop goes into one write.
      await undefined;
      while (this.#pending.length > 0) {
        const text = this.#pending.join('');
        this.#pending = [];
        this.#pendingSize = 0;
        if (this.#failed) continue;
        this.#file ??= await open(this.path, 'a', 0o600);
        await this.#file.appendFile(text);
        for (const follower of this.#followers) follower();
      }
    } catch {
      // A full disk must not stop the container; what it writes from now on is not kept.
      this.#failed = true;
      this.#pending = [];
      this.#pendingSize = 0;
    } finally {
      this.#writing = undefined;
    }
  }
}
