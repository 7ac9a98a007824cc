import type { ContainerRecord } from './record.ts';

const FIRST_DELAY = 100;
const LONGEST_DELAY = 60_000;
/** A run that lasted so long, milliseconds, counts as a success: the delay starts anew. */
const SETTLED = 10_000;

/** Whether a container that has ended is started again: at its end, and by a daemon that begins. */
export function wantsRestart({ hostConfig, state, restartCount }: ContainerRecord): boolean {
  switch (hostConfig.RestartPolicy.Name) {
    case 'always':
      return true;
    case 'unless-stopped':
      return !state.stopped;
    case 'on-failure': {
      const most = hostConfig.RestartPolicy.MaximumRetryCount;
      return state.exitCode !== 0 && (most === 0 || restartCount < most);
    }
    default:
      return false;
  }
}

/** Milliseconds until the next start. */
export function nextDelay(previous: number | undefined, ranFor: number): number {
  if (previous === undefined || ranFor >= SETTLED) return FIRST_DELAY;
  return Math.min(previous * 2, LONGEST_DELAY);
}
