import { constants } from 'node:os';
import type { Log } from '../log.ts';

const FORCING = 3;

/**
 * Resolves to the first SIGTERM or SIGINT. The second changes nothing; the third ends the process at once with 128 and the
 * signal's number, after `force`, as with dockerd.
 */
export function untilSignal(log: Log, force: () => void): Promise<NodeJS.Signals> {
  let count = 0;
  return new Promise((resolve) => {
    const take = (signal: NodeJS.Signals): void => {
      count += 1;
      resolve(signal);
      if (count > 1) log.info(`${signal}: on its way; ${FORCING} of them end it without cleaning up`);
      if (count < FORCING) return;
      log.warn(`ending without cleaning up: ${FORCING} signals; containers that run go on`);
      force();
      process.exit(128 + constants.signals[signal]);
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, take);
    // A terminal that closes must not take the daemon with it.
    process.on('SIGHUP', () => {});
  });
}
