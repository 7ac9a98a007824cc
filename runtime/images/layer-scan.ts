import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { asDiffId, type DiffId, parseDigest } from '../../core/image/digest.ts';
import { decompress } from '../archive/compression.ts';
import type { TarEntry } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { internal, invalid } from '../errors.ts';

/** What reading a layer from its first byte to its last tells. */
export interface ScannedLayer {
  readonly diffId: DiffId;
  /** Sum of the files' sizes. */
  readonly bytes: number;
  /** Entries that are not directories. */
  readonly files: number;
}

export interface ScanOptions {
  /** What the uncompressed bytes must hash to: else the layer ends with an error instead of its end. */
  readonly expected?: DiffId | undefined;
  /** Also takes the uncompressed tar. It must read it to its end. */
  readonly apply?: ((tar: Readable) => Promise<void>) | undefined;
  readonly onEntry?: ((entry: TarEntry) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a layer, compressed or not. Error: EngineError `invalid`, code `layer-diff-id-differs`. */
export async function scanLayer(blob: Readable, options: ScanOptions = {}): Promise<ScannedLayer> {
  const hash = createHash('sha256');
  const tar = await decompress(blob, options.signal);
  const copy = new PassThrough({ highWaterMark: 1 << 20 });
  const stop = new AbortController();
  let diffId: DiffId | undefined;

  async function* metered(): AsyncGenerator<Buffer> {
    for await (const chunk of tar) {
      options.signal?.throwIfAborted();
      hash.update(chunk);
      if (options.apply !== undefined && !copy.write(chunk)) await once(copy, 'drain', { signal: stop.signal });
      yield chunk;
    }
    diffId = toDiffId(hash.digest('hex'));
    if (options.expected !== undefined && diffId !== options.expected) throw differs(diffId, options.expected);
    copy.end();
  }

  try {
    if (options.apply === undefined) {
      const counted = await count(metered(), options.onEntry);
      return { ...counted, diffId: diffId! };
    }
    const counting = count(copy, options.onEntry);
    // A tar that cannot be counted must not keep its writer waiting.
    counting.catch((error: Error) => stop.abort(error));
    const stream = Readable.from(metered(), { objectMode: false, highWaterMark: 1 << 20 });
    const applying = options.apply(stream).catch((error: Error) => {
      stream.destroy();
      copy.destroy(error);
      throw error;
    });
    const [counted] = await settled(counting, applying);
    if (diffId === undefined) throw internal({ code: 'layer-not-read', message: 'a layer was not read to its end' });
    return { ...counted, diffId };
  } finally {
    copy.destroy();
    tar.destroy();
    blob.destroy();
  }
}

/** Waits for both, so that nothing runs on after a failure; the second's error says more. */
async function settled<A>(first: Promise<A>, second: Promise<void>): Promise<[A]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (b.status === 'rejected') throw b.reason;
  if (a.status === 'rejected') throw a.reason;
  return [a.value];
}

async function count(
  tar: AsyncIterable<Buffer>,
  onEntry: ((entry: TarEntry) => void) | undefined,
): Promise<{ bytes: number; files: number }> {
  const reader = new TarReader(tar);
  let bytes = 0;
  let files = 0;
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    bytes += entry.size;
    if (entry.type !== 'directory') files++;
    onEntry?.(entry);
  }
  return { bytes, files };
}

function toDiffId(hex: string): DiffId {
  const digest = parseDigest(`sha256:${hex}`);
  if (digest === undefined) throw internal({ code: 'digest-invalid', message: 'SHA-256 gave no digest' });
  return asDiffId(digest);
}

function differs(found: DiffId, expected: DiffId): Error {
  return invalid({
    code: 'layer-diff-id-differs',
    message: `a layer's content has the digest ${found}, but its image says ${expected}: the image is damaged; pull or build it again`,
    subject: expected,
  });
}
