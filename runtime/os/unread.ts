import type { Writable } from 'node:stream';

/** Bytes that wait for a client which does not read before it counts as gone. */
const MOST_UNREAD = 64 * 1024 * 1024;

/** Cuts off a client for whom too much waits: what it asked for ends as if it had hung up, and the daemon keeps its memory. */
export function dropUnread(out: Writable): void {
  if (out.writableLength > MOST_UNREAD) out.destroy(new Error('the client does not read what it asked for'));
}
