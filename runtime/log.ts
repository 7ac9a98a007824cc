/** Where the daemon says what it does: one line each, with time and level. */
export interface Log {
  error(message: string, cause?: unknown): void;
  warn(message: string): void;
  info(message: string): void;
  debug(message: string): void;
}

/** A log of lines on a stream; `debug` lines only where wanted. */
export function lineLog(write: (line: string) => void, level: 'info' | 'debug', now: () => Date): Log {
  const line = (name: string, message: string): void => write(`${now().toISOString()} ${name} ${message}\n`);
  return {
    error: (message, cause) => line('error', cause === undefined ? message : `${message}: ${describe(cause)}`),
    warn: (message) => line('warn', message),
    info: (message) => line('info', message),
    debug: (message) => {
      if (level === 'debug') line('debug', message);
    },
  };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
