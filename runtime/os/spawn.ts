import { type ChildProcess, spawn as spawnChild } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { cancelled, EngineError } from '../errors.ts';

const STDERR_KEPT = 16 * 1024;
const GRACE = 3000;

export interface SpawnOptions {
  readonly cwd?: string;
  /** The whole environment; only PATH is given where undefined. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed; without it stdin is empty. */
  readonly input?: string | Uint8Array | Readable;
  readonly signal?: AbortSignal | undefined;
  /** Most bytes of stdout to keep; more is an error. 16 MiB where undefined. */
  readonly maxOutput?: number;
}

export interface SpawnResult {
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Thrown where a program could not be started, failed, or was ended by a signal. Code `program-missing` where it is not installed. */
export class ProgramError extends EngineError {
  constructor(
    readonly program: string,
    readonly exitCode: number | undefined,
    readonly stderr: string,
    cause?: unknown,
  ) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const said = stderr.trim().split('\n').slice(-3).join('; ');
    super(missing ? 'unavailable' : 'internal', {
      code: missing ? 'program-missing' : 'program-failed',
      message: missing
        ? `${program} is not installed or not on the PATH`
        : `${program} ended with exit code ${exitCode ?? 'unknown'}${said ? `: ${said}` : ''}`,
      subject: program,
      cause,
      remedies: missing ? [`Install ${program}`] : [],
    });
  }
}

/** Runs a program to its end, without a shell. Throws ProgramError unless it exits with 0; `cancelled` when the signal says so. */
export async function run(program: string, args: readonly string[], options: SpawnOptions = {}): Promise<SpawnResult> {
  const result = await runAny(program, args, options);
  if (result.exitCode !== 0) throw new ProgramError(program, result.exitCode, result.stderr);
  return result;
}

/** Like `run`, but any exit code is an answer. */
export async function runAny(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<SpawnResult> {
  options.signal?.throwIfAborted();
  const child = start(program, args, options, options.input === undefined ? 'ignore' : 'pipe');
  const ending = endOf(child, program);
  const stop = stopOnAbort(child, options.signal);
  if (options.input !== undefined) feed(child.stdin!, options.input);
  const limit = options.maxOutput ?? 16 * 1024 * 1024;
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout!.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limit) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  const stderr = tail(child.stderr!);
  try {
    const exitCode = await ending;
    if (options.signal?.aborted) {
      throw cancelled({
        code: 'cancelled',
        message: `${program} was stopped`,
        subject: program,
        cause: options.signal.reason,
      });
    }
    if (size > limit) throw new ProgramError(program, exitCode, `wrote more than ${limit} bytes`);
    return { stdout: Buffer.concat(chunks), stderr: stderr(), exitCode };
  } finally {
    stop();
  }
}

/** A program whose output is read while it runs. */
export interface StreamedProgram {
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when it has ended with 0; rejects with ProgramError otherwise. */
  readonly ended: Promise<void>;
}

/** Starts a program as a filter: bytes in, bytes out. */
export function stream(
  program: string,
  args: readonly string[],
  options: Omit<SpawnOptions, 'input'> = {},
): StreamedProgram {
  const child = start(program, args, options, 'pipe');
  const stop = stopOnAbort(child, options.signal);
  const stderr = tail(child.stderr!);
  const ended = endOf(child, program)
    .finally(stop)
    .then((exitCode) => {
      if (exitCode !== 0) throw new ProgramError(program, exitCode, stderr());
    });
  return { stdin: child.stdin!, stdout: child.stdout!, ended };
}

function start(
  program: string,
  args: readonly string[],
  options: SpawnOptions,
  stdin: 'ignore' | 'pipe',
): ChildProcess {
  return spawnChild(program, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: options.env ?? { PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

async function endOf(child: ChildProcess, program: string): Promise<number> {
  try {
    const [code, signal]: (number | string | null)[] = await once(child, 'close');
    return typeof code === 'number' ? code : signal === 'SIGKILL' ? 137 : 143;
  } catch (error) {
    throw new ProgramError(program, undefined, '', error);
  }
}

function stopOnAbort(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => {};
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    child.kill('SIGTERM');
    timer = setTimeout(() => child.kill('SIGKILL'), GRACE);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
}

function feed(stdin: Writable, input: string | Uint8Array | Readable): void {
  // EPIPE: the program has ended; its exit code says why.
  stdin.on('error', () => stdin.destroy());
  if (typeof input === 'string' || input instanceof Uint8Array) stdin.end(input);
  else input.pipe(stdin);
}

function tail(stream: Readable): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-STDERR_KEPT);
  });
  return () => text;
}
