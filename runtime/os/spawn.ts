import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { cancelled, EngineError, type ErrorKind } from '../errors.ts';
import { hasErrno } from './errno.ts';

export interface ProgramOptions {
  /** The whole environment; the daemon's PATH alone where undefined. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Ends the program with SIGTERM, then SIGKILL; the result is then an EngineError `cancelled`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between SIGTERM and SIGKILL; 3,000 where undefined. */
  readonly killAfter?: number | undefined;
}

export interface RunOptions extends ProgramOptions {
  /** What the program reads from stdin; nothing where undefined. */
  readonly input?: string | Uint8Array | undefined;
  /** Bytes kept of stdout and of stderr each, the last ones; 16 MiB where undefined. */
  readonly maxOutput?: number | undefined;
}

export interface StartOptions extends ProgramOptions {
  /** As Node's `stdio`: pipes where undefined. */
  readonly stdio?: StdioOptions | undefined;
  /** Gives the program a process group of its own. */
  readonly detached?: boolean | undefined;
}

export interface RunResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  /** 0–255; 128 + n where signal n ended it. */
  readonly exitCode: number;
}

/** A running program. Its streams are there where its stdio are pipes. */
export interface Program {
  readonly pid: number;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Resolves with the exit code (128 + n for signal n); rejects with `cancelled` where the AbortSignal ended it. */
  readonly exited: Promise<number>;
  kill(signal?: NodeJS.Signals): void;
}

/** A program that could not be started (code `program-missing` or `program-not-started`) or failed (`program-failed`). */
export class ProgramError extends EngineError {
  constructor(
    kind: ErrorKind,
    code: 'program-missing' | 'program-not-started' | 'program-failed',
    message: string,
    readonly program: string,
    readonly exitCode: number | undefined,
    /** The last lines that it wrote to stderr. */
    readonly stderr: string,
    cause?: unknown,
  ) {
    super(kind, { code, message, subject: program, cause });
  }
}

/** Runs a program to its end, without a shell. Errors: ProgramError unless it ends with 0, EngineError `cancelled`. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await runAny(program, args, options);
  if (result.exitCode === 0) return result;
  const last = result.stderr.trim().split('\n').slice(-8).join('\n');
  const message = `${program} ended with exit code ${result.exitCode}${last === '' ? '' : `: ${last}`}`;
  throw new ProgramError('internal', 'program-failed', message, program, result.exitCode, last);
}

/** Like `run`, but any exit code is an answer. */
export async function runAny(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const running = await start(program, args, {
    ...options,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const limit = options.maxOutput ?? 16 << 20;
  const { stdin } = running;
  if (stdin) {
    // A program that does not want its input says so by its exit code.
    stdin.on('error', () => stdin.destroy());
    stdin.end(options.input);
  }
  const [exitCode, stdout, stderr] = await Promise.all([
    running.exited,
    tail(running.stdout, limit),
    tail(running.stderr, limit),
  ]);
  return { stdout, stderr: stderr.toString(), exitCode };
}

/** Starts a program; resolves once it has been executed, so that a missing one is an error here. */
export function start(program: string, args: readonly string[], options: StartOptions = {}): Promise<Program> {
  const { signal, killAfter = 3000 } = options;
  if (signal?.aborted) return Promise.reject(cancellation(program, signal));
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env ?? { PATH: process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
      cwd: options.cwd,
      stdio: options.stdio ?? 'pipe',
      detached: options.detached ?? false,
    });
    child.once('error', (cause) => reject(startError(program, cause)));
    child.once('spawn', () => {
      const { pid, stdin, stdout, stderr } = child;
      const exited = exit(child, program, killAfter, signal);
      // Who does not await `exited` still learns of a cancellation from the streams' end.
      exited.catch(() => undefined);
      resolve({ pid: pid!, stdin, stdout, stderr, exited, kill: (name = 'SIGTERM') => void child.kill(name) });
    });
  });
}

function exit(child: ChildProcess, program: string, killAfter: number, signal?: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    let hardKill: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      child.kill('SIGTERM');
      hardKill = setTimeout(() => child.kill('SIGKILL'), killAfter);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    child.once('exit', (code, name) => {
      clearTimeout(hardKill);
      signal?.removeEventListener('abort', onAbort);
      if (signal?.aborted) reject(cancellation(program, signal));
      else resolve(name === null ? (code ?? 0) : 128 + constants.signals[name]);
    });
  });
}

function cancellation(program: string, signal: AbortSignal): EngineError {
  return cancelled({
    code: 'program-cancelled',
    message: `${program} was cancelled`,
    subject: program,
    cause: signal.reason,
  });
}

function startError(program: string, cause: unknown): ProgramError {
  // A folder of the PATH that may not be searched says EACCES for a program that is nowhere.
  const missing = hasErrno(cause, 'ENOENT') || (hasErrno(cause, 'EACCES') && !program.includes('/'));
  const message = missing
    ? `${program} is not installed on this machine, or not on the PATH: install the package that holds it`
    : `cannot start ${program}: ${String(cause)}`;
  const code = missing ? 'program-missing' : 'program-not-started';
  return new ProgramError(missing ? 'unavailable' : 'internal', code, message, program, undefined, '', cause);
}

/** Reads to the end, keeping the last `limit` bytes. */
async function tail(stream: Readable | null, limit: number): Promise<Buffer> {
  const kept: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    kept.push(chunk);
    size += chunk.length;
    while (size - kept[0]!.length >= limit) size -= kept.shift()!.length;
  }
  const all = Buffer.concat(kept);
  return all.subarray(Math.max(0, all.length - limit));
}
