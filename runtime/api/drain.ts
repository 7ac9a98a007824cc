import type { IncomingMessage } from 'node:http';

/** What of a body that nobody wants is taken all the same before the answer: as much as Go's server takes. */
const MOST_BYTES = 256 * 1024;
/** Milliseconds. */
const LONGEST = 10_000;

/**
 * Calls `then` when the rest of a request's body is here, and at once where it has none. Clients of Go stop sending when an
 * answer comes, and complain of what they could not send any more; but one that sends without end is answered, too.
 */
export function afterBody(request: IncomingMessage, then: () => void): void {
  if (isWhole(request) || request.destroyed) {
    then();
    return;
  }
  let bytes = 0;
  const done = (): void => {
    clearTimeout(timer);
    request.off('data', count).off('end', done).off('close', done);
    then();
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) done();
  };
  const timer = setTimeout(done, LONGEST);
  // Who was sent it before may have left it standing.
  request.unpipe();
  request.on('data', count).once('end', done).once('close', done).resume();
}

/** Whether nothing more of a request is to come. Node hands over one without a body a moment before it calls it complete. */
export function isWhole(request: IncomingMessage): boolean {
  return request.complete || !hasBody(request);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
