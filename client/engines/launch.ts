import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EngineAddress } from '../../protocol/engine-address.ts';

/** How our own engine is started: one process per user and root, that outlives the window. */
export interface LaunchOptions {
  /** Absolute path of `dist/lapstraked.js`. */
  readonly program: string;
  readonly address: EngineAddress;
  /** `auto`, or a driver's name. */
  readonly sandbox: string;
  readonly storage: string;
  readonly registryMirrors: readonly string[];
  readonly insecureRegistries: readonly string[];
  /** Where the engine's output goes; its folder is made. */
  readonly logFile: string;
}

/** The engine did not come up: `output` is the end of what it said. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  constructor(
    message: string,
    readonly output: string,
  ) {
    super(message);
  }
}

/** The engine's command line, after the program. */
export function launchArguments(options: LaunchOptions): string[] {
  return [
    ...['--host', `unix://${options.address.socket}`, '--root', options.address.root],
    ...['--sandbox', options.sandbox, '--storage', options.storage],
    ...options.registryMirrors.flatMap((mirror) => ['--registry-mirror', mirror]),
    ...options.insecureRegistries.flatMap((host) => ['--insecure-registry', host]),
  ];
}

/** Starts the engine and waits until it says `listening on`. Rejects with a LaunchError where it ends before that. */
export async function launch(options: LaunchOptions, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const log = await open(options.logFile, 'w');
  try {
    const child = spawn(process.execPath, [options.program, ...launchArguments(options)], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      cwd: '/',
      env: daemonEnvironment(process.env),
    });
    try {
      await Promise.race([listening(options.logFile, signal), ended(child)]);
    } catch (error) {
      child.kill('SIGTERM');
      if (!(error instanceof ChildEnded)) throw error;
      const output = (await readFile(options.logFile, 'utf8')).trim().split('\n').slice(-12).join('\n');
      throw new LaunchError(`The engine ended while starting (${error.message}).`, output);
    } finally {
      child.removeAllListeners();
      child.unref();
    }
  } finally {
    await log.close();
  }
}

/** The editor's environment without what would make the engine think it is an editor. */
export function daemonEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name));
  return { ...Object.fromEntries(kept), ELECTRON_RUN_AS_NODE: '1' };
}

class ChildEnded extends Error {}

function ended(child: ReturnType<typeof spawn>): Promise<never> {
  return new Promise((_, reject) => {
    child.once('error', (error) => reject(new ChildEnded(error.message)));
    child.once('exit', (code, signal) => reject(new ChildEnded(signal ?? `exit code ${code}`)));
  });
}

function listening(logFile: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(logFile), { persistent: false });
    const finish = (settle: () => void) => {
      watcher.close();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = () => finish(() => reject(signal.reason));
    const look = () =>
      readFile(join(logFile), 'utf8').then(
        (text) => {
          if (/^(.*\s)?listening on /m.test(text)) finish(resolve);
        },
        (error) => finish(() => reject(error)),
      );
    signal.addEventListener('abort', onAbort, { once: true });
    watcher.on('change', () => void look());
    watcher.on('error', (error) => finish(() => reject(error)));
    void look();
  });
}
