/** Where the daemon says what it does: one record each, with time and level. */
export interface Log {
  error(message: string, cause?: unknown): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

/** How a log looks: for people, or an object of JSON a line, with `time`, `level`, `msg` and maybe `error`. */
export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  readonly level: 'info' | 'debug';
  readonly format: LogFormat;
  readonly now: () => Date;
}

type Level = keyof Log;

/** A log of lines on a stream; `debug` lines only where wanted. */
export function lineLog(write: (line: string) => void, { level: least, format, now }: LogOptions): Log {
  const encode = format === 'json' ? jsonLine : textLine;
  const line = (level: Level, message: string, cause?: unknown): void =>
    write(`${encode(now().toISOString(), level, message, cause === undefined ? undefined : describe(cause))}\n`);
  return {
    error: (message, cause) => line('error', message, cause),
    warn: (message) => line('warn', message),
    info: (message) => line('info', message),
    debug: (message) => {
      if (least === 'debug') line('debug', message);
    },
  };
}

function jsonLine(time: string, level: Level, msg: string, error: string | undefined): string {
  return JSON.stringify({ time, level, msg, ...(error !== undefined && { error }) });
}

/** What goes on in another line begins with a tab there: no message looks like a record of its own. */
function textLine(time: string, level: Level, message: string, error: string | undefined): string {
  const text = error === undefined ? message : `${message}: ${error}`;
  return `${time} ${level} ${text.replaceAll('\n', '\n\t')}`;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
