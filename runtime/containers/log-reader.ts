import * as z from 'zod/mini';
import type { OutputName } from './frames.ts';
import { LogCursor } from './log-cursor.ts';
import type { LogFile } from './log-file.ts';
import { parseTimestamp } from './timestamp.ts';

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

/**
 * Reads a log in blocks of lines, and, where `follow` is given, goes on until it has ended and everything written by then
 * was given.
 */
export async function* readLog(
  log: LogFile,
  query: LogQuery,
  follow: { readonly ended: Promise<unknown> } | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogEntry[]> {
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
    await using cursor = await LogCursor.open(log, query.tail, follow === undefined ? 'now' : 'later');
    while (!signal.aborted) {
      const ended = state.ended;
      state.changed = false;
      for await (const lines of cursor.read()) {
        const entries: LogEntry[] = [];
        for (const line of lines) {
          const entry = parse(line);
          if (entry !== undefined && wanted(entry, query)) entries.push(entry);
        }
        if (entries.length > 0) yield entries;
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
  const time = parseTimestamp(entry.time);
  return time >= (query.since ?? Number.NEGATIVE_INFINITY) && time <= (query.until ?? Number.POSITIVE_INFINITY);
}
