import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EngineAddress } from '../../protocol/engine-address.ts';
import { unavailable } from '../errors.ts';

/** The file in the data root where a daemon that was started on demand writes its log. */
export const LOG_NAME = 'lapstraked.log';

/**
 * Starts a daemon that outlives this process, and waits until it says `listening on`.
 * Error: EngineError `unavailable`, code `daemon-not-started`, with the end of the daemon's log.
 */
export async function launchDaemon(program: string, address: EngineAddress, signal?: AbortSignal): Promise<void> {
  const logFile = join(address.root, LOG_NAME);
  await mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
  await using log = await open(logFile, 'w', 0o600);
  const args = [program, '--host', `unix://${address.socket}`, '--root', address.root];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/' });
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, name) => reject(new Error(name ?? `exit code ${code}`)));
  });
  try {
    await Promise.race([untilListening(logFile, signal), ended]);
  } catch (cause) {
    signal?.throwIfAborted();
    const said = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-8).join('\n');
    throw unavailable({
      code: 'daemon-not-started',
      message: `the engine could not be started (${cause instanceof Error ? cause.message : String(cause)}):\n${said}`,
      subject: address.socket,
      cause,
    });
  } finally {
    child.removeAllListeners();
    child.unref();
  }
}

/** Resolves when the log has the line by which a daemon says that it can be spoken to. */
function untilListening(logFile: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(logFile);
    const finish = (settle: () => void): void => {
      watcher.close();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => finish(() => reject(signal?.reason));
    const look = (): void => {
      readFile(logFile, 'utf8').then(
        (text) => {
          if (/^listening on /m.test(text)) finish(resolve);
        },
        (error) => finish(() => reject(error)),
      );
    };
    watcher.on('change', look);
    watcher.on('error', (error) => finish(() => reject(error)));
    signal?.addEventListener('abort', onAbort, { once: true });
    look();
  });
}
