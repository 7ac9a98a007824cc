import { type EngineError, invalid } from '../errors.ts';
import { dropUnread } from '../os/unread.ts';
import { readText } from './body-text.ts';
import type { Routes } from './exchange.ts';

/** A path as it was written, and which file the client sees there: `MAJOR:MINOR:INODE`, or nothing. */
export interface SeenPath {
  readonly text: string;
  readonly identity: string;
}

/** A command line that a client on this machine wants done. */
export interface CommandRequest {
  readonly folder: SeenPath;
  /** Of the terminal that its output goes to; 0 where that is none. */
  readonly columns: number;
  readonly rows: number;
  readonly args: readonly SeenPath[];
  readonly env: Readonly<Record<string, string>>;
}

export type CommandOutput = (name: 'stdout' | 'stderr', data: Uint8Array) => void;

/** Looks at a command line, and gives what does it. Error: EngineError for one that is not done here. */
export type PrepareCommand = (
  request: CommandRequest,
) => Promise<(output: CommandOutput, signal: AbortSignal) => Promise<number>>;

const NUMBER = { stdout: 1, stderr: 2, exit: 3 } as const;

/**
 * `POST /lapstrake/command`: what `lapstrake build` prints, and its exit code, for a client that does nothing itself
 * (runtime/keeper/src/front.c). The body has a zero byte after each text: the folder and what it is, columns, rows, the number
 * of arguments, each argument and what file it names, the environment. The answer comes in frames: 1 and 2 as in Docker's
 * streams, 3 for the exit code in one byte. A refusal means: do it yourself.
 */
export function commandRoutes(prepare: PrepareCommand): Routes {
  return {
    'POST /lapstrake/command': async (x) => {
      const run = await prepare(readRequest(await readText(x.body)));
      const client = await x.hijack();
      const gone = new AbortController();
      // It sends nothing more: whoever it is has ended.
      client.once('end', () => gone.abort(new Error('the client hung up'))).resume();
      const send = (name: keyof typeof NUMBER, data: Uint8Array): void => {
        const head = Buffer.alloc(8);
        head[0] = NUMBER[name];
        head.writeUInt32BE(data.length, 4);
        // What is said at the same time goes out at once: each write wakes the client.
        if (client.writableCorked === 0) {
          client.cork();
          setImmediate(() => client.uncork());
        }
        client.write(Buffer.concat([head, data]));
        dropUnread(client);
      };
      const signal = AbortSignal.any([x.signal, gone.signal]);
      const code = await run(send, signal);
      send('exit', Uint8Array.of(code));
      client.end();
    },
  };
}

function readRequest(text: string): CommandRequest {
  const texts = text.split('\0');
  const next = (): string => {
    const each = texts.shift();
    if (each === undefined) throw tooShort();
    return each;
  };
  const path = (): SeenPath => ({ text: next(), identity: next() });
  const folder = path();
  const [columns, rows, count] = [Number(next()), Number(next()), Number(next())];
  if (!(count <= texts.length)) throw tooShort();
  const args = Array.from({ length: count }, path);
  const env = texts.flatMap((each) => {
    const equals = each.indexOf('=');
    return equals < 1 ? [] : [[each.slice(0, equals), each.slice(equals + 1)] as const];
  });
  return { folder, columns, rows, args, env: Object.fromEntries(env) };
}

function tooShort(): EngineError {
  return invalid({ code: 'body-invalid', message: 'invalid request body: it ends too early' });
}
