import { humanDuration } from '../containers/duration.ts';

/** How long ago a Unix time in seconds was, in Docker's words: `3 minutes ago`. */
export function ago(seconds: number, now: number): string {
  return seconds <= 0 ? 'N/A' : `${humanDuration(Math.max(0, now - seconds * 1000))} ago`;
}
