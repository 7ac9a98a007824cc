import { Readable } from 'node:stream';
import type { Descriptor } from '../../core/image/manifest.ts';
import { cancelled, type EngineError, invalid, unavailable } from '../errors.ts';
import type { RegistryConnection } from './connection.ts';
import { isTransient } from './network-error.ts';
import { requestRefused } from './registry-error.ts';

/** How often a broken transfer is taken up again where it broke. */
const RESUMPTIONS = 5;

/**
 * The bytes of a blob, as many as its descriptor says, but otherwise unchecked; taken up again where a connection breaks
 * (OCI distribution-spec, Pulling blobs). Errors: EngineError `invalid`, code `blob-too-long`, at the first byte too many;
 * `unavailable`, code `blob-truncated`, where too few come however often they are asked for.
 */
export function fetchBlob(
  connection: RegistryConnection,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  signal: AbortSignal,
  onBytes: (received: number) => void = () => undefined,
): Readable {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for (let attempt = 0; ; attempt++) {
      try {
        for await (const chunk of await openAt(connection, digest, received, signal)) {
          received += chunk.length;
          if (received > size) throw tooLong(connection, digest, size);
          onBytes(received);
          yield chunk;
        }
        if (received >= size) return;
      } catch (error) {
        if (signal.aborted) {
          throw cancelled({ code: 'pull-cancelled', message: 'the pull was cancelled', cause: signal.reason });
        }
        if (!isTransient(error) || attempt === RESUMPTIONS) throw error;
      }
      if (attempt === RESUMPTIONS) {
        throw unavailable({
          code: 'blob-truncated',
          message: `${connection.host} sent only ${received} of ${size} bytes of ${digest}: try again`,
          subject: digest,
        });
      }
    }
  }
  return Readable.from(bytes(), { objectMode: false, highWaterMark: 1 << 20 });
}

function tooLong({ host }: RegistryConnection, digest: string, size: number): EngineError {
  return invalid({
    code: 'blob-too-long',
    message: `${host} sent more than the ${size} bytes that ${digest} has: its registry or a proxy is broken`,
    subject: digest,
  });
}

async function* openAt(
  connection: RegistryConnection,
  digest: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const url = connection.url(`blobs/${digest}`);
  const headers: Record<string, string> = start === 0 ? {} : { Range: `bytes=${start}-` };
  const response = await connection.send(url, { headers }, signal);
  if (response.status !== 200 && response.status !== 206) {
    throw requestRefused(await connection.refusal(response), url);
  }
  // A server that knows no ranges sends all again.
  let skip = response.status === 206 ? 0 : start;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    const part = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - part.length;
    if (part.length > 0) yield part;
  }
}
