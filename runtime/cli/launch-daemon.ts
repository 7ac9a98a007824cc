import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineAddress } from '../../protocol/engine-address.ts';
import { type EngineError, isKind, unavailable } from '../errors.ts';
import { makeRoot } from '../store/make-root.ts';

/** The file in the data root where a daemon that was started on demand writes its log. */
export const LOG_NAME = 'lapstraked.log';

/** Longest time that another starter's daemon may take, milliseconds. */
const PATIENCE = 20_000;

export interface Launch {
  /** Absolute path of `dist/lapstraked.js`. */
  readonly program: string;
  readonly address: EngineAddress;
  /** Whether an engine listens at the address. */
  readonly answers: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/**
 * Starts a daemon that outlives this process, and waits until it says `listening on`. Where another process has just
 * started one, that one will do.
 * Error: EngineError `unavailable`, code `daemon-not-started`, with the end of the daemon's log.
 */
export async function launchDaemon({ program, address, answers, signal }: Launch): Promise<void> {
  const logFile = join(address.root, LOG_NAME);
  await using log = await openLog(address.root, logFile);
  const { size: start } = await log.stat();
  const args = [program, '--host', `unix://${address.socket}`, '--root', address.root];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/' });
  const stop = new AbortController();
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => resolve(name ?? `exit code ${code}`));
  });
  const listening = untilListening(logFile, start, AbortSignal.any([signal, stop.signal]));
  try {
    const end = await Promise.race([listening, ended]);
    if (end === undefined || (await answers())) return;
    const said = (await readFrom(logFile, start)).trim();
    if (!said.includes('another lapstraked')) throw notStarted(address, end, said);
    const late = setTimeout(() => stop.abort(notStarted(address, 'no answer in time', said)), PATIENCE);
    await listening.finally(() => clearTimeout(late));
  } finally {
    stop.abort();
    // It was awaited, or nobody waits for it any more.
    listening.catch(() => undefined);
    child.removeAllListeners();
    child.unref();
  }
}

async function openLog(root: string, logFile: string): Promise<FileHandle> {
  try {
    await makeRoot(root);
    return await open(logFile, 'a', 0o600);
  } catch (cause) {
    if (isKind(cause, 'forbidden')) throw cause;
    throw unavailable({
      code: 'root-unusable',
      message: `the engine cannot keep its data in ${root} (${cause instanceof Error ? cause.message : String(cause)}): set LAPSTRAKE_ROOT to a folder of yours`,
      subject: root,
      cause,
    });
  }
}

function notStarted({ socket }: EngineAddress, why: string, said: string): EngineError {
  return unavailable({
    code: 'daemon-not-started',
    message: `the engine could not be started (${why}):\n${said.split('\n').slice(-8).join('\n')}`,
    subject: socket,
  });
}

/** Resolves when the log has, after its first `start` bytes, the line by which a daemon says that it can be spoken to. */
function untilListening(logFile: string, start: number, signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const watcher = watch(logFile);
    const finish = (settle: () => void): void => {
      watcher.close();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => finish(() => reject(signal.reason));
    const look = (): void => {
      readFrom(logFile, start).then(
        (text) => {
          if (/^listening on /m.test(text)) finish(() => resolve(undefined));
        },
        (error) => finish(() => reject(error)),
      );
    };
    watcher.on('change', look);
    watcher.on('error', (error) => finish(() => reject(error)));
    signal.addEventListener('abort', onAbort, { once: true });
    look();
  });
}

async function readFrom(file: string, start: number): Promise<string> {
  return (await readFile(file)).subarray(start).toString();
}
