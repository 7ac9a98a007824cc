import { type FileHandle, open, stat } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';
import type { LogFile } from './log-file.ts';

const BLOCK = 64 * 1024;
const NEWLINE = 10;
/** How often a look at a log is repeated whose files move meanwhile. */
const MOST_ATTEMPTS = 10;

interface Part {
  readonly handle: FileHandle;
  /** The file itself, under whatever name it is. */
  readonly id: string;
  /** Bytes, when it was opened. */
  readonly size: number;
}

/** How far a cursor reads: what is there when it is opened, or also what comes later. */
export type LogReach = 'now' | 'later';

/**
 * A place in a log, which moves on by reading, across the files that are moved aside meanwhile: a file stays open until
 * all of it was read, so that nothing between two files is missed, unless a newer one took its place before it was reached.
 */
export class LogCursor implements AsyncDisposable {
  #position = 0;

  private constructor(
    private readonly log: LogFile,
    /** The oldest first; the first is the one that is read. */
    private readonly parts: Part[],
    private readonly reach: LogReach,
  ) {}

  /** At the beginning of the last `tail` lines, or of all. */
  static async open(log: LogFile, tail: number | undefined, reach: LogReach): Promise<LogCursor> {
    const cursor = new LogCursor(log, await openParts(log), reach);
    try {
      if (tail !== undefined) await cursor.#toTail(tail);
      return cursor;
    } catch (error) {
      await cursor[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The whole lines that are within its reach now, in blocks, without their newlines. */
  async *read(): AsyncGenerator<string[]> {
    for (;;) {
      yield* this.#rest();
      if (this.parts.length <= 1) {
        if (this.reach === 'now') return;
        const newer = await this.#newer();
        if (newer.length === 0) return;
        // Nobody writes into a file any more that was moved aside, so that this is all of it.
        yield* this.#rest();
        const isFirst = this.parts.length === 0;
        this.parts.push(...newer);
        if (isFirst) continue;
      }
      this.#position = 0;
      await this.parts.shift()?.handle.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { handle } of this.parts.splice(0)) await handle.close();
  }

  /** What has come since in the file that is read. */
  async *#rest(): AsyncGenerator<string[]> {
    const [part] = this.parts;
    if (part === undefined) return;
    const end = this.reach === 'now' ? part.size : Number.POSITIVE_INFINITY;
    let block = Buffer.alloc(BLOCK);
    for (;;) {
      const length = Math.min(block.length, end - this.#position);
      const { bytesRead } = await part.handle.read(block, 0, length, this.#position);
      const newline = block.subarray(0, bytesRead).lastIndexOf(NEWLINE);
      if (newline < 0) {
        if (bytesRead < block.length) return;
        // A line longer than a block.
        block = Buffer.alloc(block.length * 2);
        continue;
      }
      this.#position += newline + 1;
      yield block.toString('utf8', 0, newline).split('\n');
    }
  }

  /** The files that have come after the one that is read, open. */
  async #newer(): Promise<Part[]> {
    const id = this.parts[0]?.id;
    if (id !== undefined && id === (await idOf(this.log.path))) return [];
    const parts = await openParts(this.log);
    // One that is not there any more has been removed, and all that are there came after it.
    const known = parts.splice(0, parts.findIndex((part) => part.id === id) + 1);
    for (const { handle } of known) await handle.close();
    return parts;
  }

  async #toTail(count: number): Promise<void> {
    let newlines = 0;
    const block = Buffer.alloc(BLOCK);
    for (let index = this.parts.length - 1; index >= 0; index--) {
      const { handle, size } = this.parts[index]!;
      let end = size;
      if (count <= 0) return this.#start(index, end);
      while (end > 0) {
        const start = Math.max(0, end - BLOCK);
        const { bytesRead } = await handle.read(block, 0, end - start, start);
        for (let at = bytesRead - 1; at >= 0; at--) {
          if (block[at] === NEWLINE && ++newlines > count) return this.#start(index, start + at + 1);
        }
        end = start;
      }
    }
  }

  async #start(index: number, position: number): Promise<void> {
    this.#position = position;
    for (const { handle } of this.parts.splice(0, index)) await handle.close();
  }
}

/** Every file of a log once, the oldest first. */
async function openParts(log: LogFile): Promise<Part[]> {
  for (let attempt = 1; ; attempt++) {
    const parts = await openAsNamed(log);
    // One that was moved aside meanwhile may stand before a newer one.
    if (attempt === MOST_ATTEMPTS || (await idOf(log.path)) === parts.newest) return parts.all;
    for (const { handle } of parts.all) await handle.close();
  }
}

/** Files only move to names at which it has not yet looked, so that it sees each that stays. */
async function openAsNamed({ path, maxFiles }: LogFile): Promise<{ newest: string | undefined; all: Part[] }> {
  const parts: Part[] = [];
  let newest: string | undefined;
  try {
    for (let number = 0; number < maxFiles; number++) {
      const handle = await openIfThere(number === 0 ? path : `${path}.${number}`);
      if (handle === undefined) continue;
      const stats = await handle.stat();
      const id = identity(stats);
      if (number === 0) newest = id;
      if (parts.some((part) => part.id === id)) await handle.close();
      else parts.push({ handle, id, size: stats.size });
    }
    return { newest, all: parts.reverse() };
  } catch (error) {
    for (const { handle } of parts) await handle.close();
    throw error;
  }
}

function identity({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`;
}

async function idOf(path: string): Promise<string | undefined> {
  try {
    return identity(await stat(path));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
