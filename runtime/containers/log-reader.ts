import { type FileHandle, open } from 'node:fs/promises';
import * as z from 'zod/mini';
import { hasErrno } from '../os/errno.ts';
import type { OutputName } from './frames.ts';
import type { LogFile } from './log-file.ts';

/** What part of a log a client wants. Times in milliseconds since the epoch. */
export interface LogQuery {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** The last so many lines; all where undefined. */
  readonly tail?: number | undefined;
}

/** One line of a log, with its newline where it has one. */
export interface LogEntry {
  readonly name: OutputName;
  readonly text: string;
  /** RFC 3339. */
  readonly time: string;
}

const Line = z.object({ log: z.string(), stream: z.enum(['stdout', 'stderr']), time: z.string() });
const BLOCK = 64 * 1024;

/** Reads a log, and, where `ended` is given, follows it until that resolves and everything written by then was given. */
export async function* readLog(
  log: LogFile,
  query: LogQuery,
  follow: { readonly ended: Promise<unknown> } | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  const state = { changed: false, ended: follow === undefined, wake: () => {} };
  const notify = (): void => {
    state.changed = true;
    state.wake();
  };
  using _registration = follow === undefined ? undefined : log.follow(notify);
  signal.addEventListener('abort', notify, { once: true });
  follow?.ended.then(
    () => {
      state.ended = true;
      notify();
    },
    () => notify(),
  );
  const timeout = query.until === undefined || follow === undefined ? undefined : endAt(query.until, state, notify);
  try {
    let position = query.tail === undefined ? 0 : await tailStart(log.path, query.tail);
    let rest = '';
    while (!signal.aborted) {
      const ended = state.ended;
      state.changed = false;
      for await (const { text, end } of blocks(log.path, position)) {
        position = end;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const entry = parse(line);
          if (entry !== undefined && wanted(entry, query)) yield entry;
        }
        if (signal.aborted) return;
      }
      if (ended) return;
      if (!state.changed) {
        await new Promise<void>((resolve) => {
          state.wake = resolve;
          if (state.changed || signal.aborted) resolve();
        });
      }
    }
  } finally {
    clearTimeout(timeout);
    signal.removeEventListener('abort', notify);
  }
}

function endAt(until: number, state: { ended: boolean }, notify: () => void): NodeJS.Timeout {
  return setTimeout(
    () => {
      state.ended = true;
      notify();
    },
    Math.max(0, Math.min(until - Date.now(), 2 ** 31 - 1)),
  );
}

function parse(line: string): LogEntry | undefined {
  if (line === '') return undefined;
  try {
    const { log, stream, time } = z.parse(Line, JSON.parse(line));
    return { name: stream, text: log, time };
  } catch (error) {
    // A line that a crash cut short.
    if (error instanceof SyntaxError || error instanceof z.core.$ZodError) return undefined;
    throw error;
  }
}

function wanted(entry: LogEntry, query: LogQuery): boolean {
  if (!query[entry.name]) return false;
  if (query.since === undefined && query.until === undefined) return true;
  const time = Date.parse(entry.time);
  return time >= (query.since ?? Number.NEGATIVE_INFINITY) && time <= (query.until ?? Number.POSITIVE_INFINITY);
}

/** The file's text from a position on, in blocks that end where a line ends, or where the file does. */
async function* blocks(path: string, from: number): AsyncGenerator<{ text: string; end: number }> {
  const file = await openIfThere(path);
  if (file === undefined) return;
  try {
    let position = from;
    let block = Buffer.alloc(BLOCK);
    for (;;) {
      const { bytesRead } = await file.read(block, 0, block.length, position);
      const newline = block.subarray(0, bytesRead).lastIndexOf(10);
      if (newline < 0) {
        if (bytesRead < block.length) return;
        // A line longer than a block.
        block = Buffer.alloc(block.length * 2);
        continue;
      }
      position += newline + 1;
      yield { text: block.toString('utf8', 0, newline + 1), end: position };
    }
  } finally {
    await file.close();
  }
}

/** Where the last `count` lines begin. */
async function tailStart(path: string, count: number): Promise<number> {
  const file = await openIfThere(path);
  if (file === undefined) return 0;
  try {
    let end = (await file.stat()).size;
    if (count <= 0) return end;
    let newlines = 0;
    const block = Buffer.alloc(BLOCK);
    while (end > 0) {
      const start = Math.max(0, end - BLOCK);
      const { bytesRead } = await file.read(block, 0, end - start, start);
      for (let index = bytesRead - 1; index >= 0; index--) {
        if (block[index] === 10 && ++newlines > count) return start + index + 1;
      }
      end = start;
    }
    return 0;
  } finally {
    await file.close();
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
