import type { ContainerRecord } from './record.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A run that lasted so long, milliseconds, counts as a success: the delay starts anew. */
const SETTLED = 10_000;

/** Whether a container that has just ended is started again. */
export function wantsRestart(record: ContainerRecord): boolean {
  const { hostConfig, state, restartCount } = record;
  if (state.stopped) return false;
  switch (hostConfig.RestartPolicy.Name) {
    case 'always':
    case 'unless-stopped':
      return true;
    case 'on-failure': {
      const most = hostConfig.RestartPolicy.MaximumRetryCount;
      return state.exitCode !== 0 && (most === 0 || restartCount < most);
    }
    default:
      return false;
  }
}

/** Whether a daemon that begins starts a container that rests: one with `always` even if it was stopped on purpose. */
export function startsWithDaemon(record: ContainerRecord): boolean {
  return record.hostConfig.RestartPolicy.Name === 'always' || wantsRestart(record);
}

/** Milliseconds until the next start. */
export function nextDelay(previous: number | undefined, ranFor: number): number {
  if (previous === undefined || ranFor > SETTLED) return FIRST_DELAY;
  return Math.min(previous * 2, LONGEST_DELAY);
}
