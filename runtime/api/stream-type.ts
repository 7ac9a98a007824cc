import type { ApiVersion } from './version.ts';

/** Output as the process writes it: that of a terminal, or anything before API 1.42. */
export const RAW_STREAM = 'application/vnd.docker.raw-stream';
/** Standard output and error in frames. */
const MULTIPLEXED_STREAM = 'application/vnd.docker.multiplexed-stream';

/** The Content-Type of attach, exec and logs. */
export function streamType(version: ApiVersion, tty: boolean): string {
  return !tty && version.atLeast('1.42') ? MULTIPLEXED_STREAM : RAW_STREAM;
}
