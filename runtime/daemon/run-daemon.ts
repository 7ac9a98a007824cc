import { homedir } from 'node:os';
import { prepareSocketFolder } from '../api/socket-place.ts';
import { anyKeeper } from '../containers/keepers.ts';
import { keepersFolder } from '../engine.ts';
import { EngineError } from '../errors.ts';
import { type Log, lineLog } from '../log.ts';
import { enterNamespaces, starterUid } from '../os/reexec.ts';
import { withSystemFolders } from '../os/system-path.ts';
import { makeRoot } from '../store/make-root.ts';
import { untilSignal } from './end-signals.ts';
import { DAEMON_USAGE, parseDaemonOptions } from './options.ts';
import { type Daemon, serve } from './serve.ts';

/**
 * Runs a daemon until SIGTERM or SIGINT: the whole program of `lapstraked` and of `lapstrake daemon`. `args` are its
 * options, `programs` the folder of the bundled programs. Gives the exit code.
 */
export async function runDaemon(args: readonly string[], programs: string): Promise<number> {
  goOnUnheard();
  try {
    const options = parseDaemonOptions(args, { env: process.env, uid: starterUid(), home: homedir() });
    if (options === undefined) {
      process.stdout.write(DAEMON_USAGE);
      return 0;
    }
    // Who owns what shows outside of a user namespace only.
    await makeRoot(options.root);
    await prepareSocketFolder(options.socket);
    process.env.PATH = withSystemFolders(process.env.PATH);
    const entered = await enterNamespaces(() => anyKeeper(keepersFolder(options.root)));
    const log = lineLog((line) => process.stderr.write(line), {
      level: options.debug ? 'debug' : 'info',
      format: options.logFormat,
      now: () => new Date(),
    });
    for (const warning of entered.warnings) log.warn(warning);
    let served: Daemon | undefined;
    const stopped = untilSignal(log, () => served?.removeSocket());
    const daemon = await serve(options, { standing: entered.standing, programs, log });
    served = daemon;
    logUncaught(log);
    process.stdout.write(daemon.addresses.map((address) => `listening on ${address}\n`).join(''));
    log.info(`${await stopped}: ${options.liveRestore ? 'leaving the containers running' : 'stopping the containers'}`);
    await daemon[Symbol.asyncDispose]();
    log.info('stopped');
    return 0;
  } catch (error) {
    process.stderr.write(`lapstraked: ${error instanceof EngineError ? explain(error) : describe(error)}\n`);
    return 1;
  }
}

/** Whoever started the daemon may be gone, and the pipe that it read with them: then it goes on in silence. */
function goOnUnheard(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}

/** One broken request must not end everybody's containers: a stray failure is logged as the bug that it is. */
function logUncaught(log: Log): void {
  process.on('uncaughtException', (error) => log.error('bug: uncaught', error));
  process.on('unhandledRejection', (reason) => log.error('bug: unhandled rejection', reason));
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function explain(error: EngineError): string {
  return [error.message, ...error.remedies.map((remedy) => `  - ${remedy}`)].join('\n');
}
