import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { type Digest, parseDigest } from '../../core/image/digest.ts';
import { internal } from '../errors.ts';

/** Of gzip: nearly as small as its usual 6, in little more than half the time, which is what a push waits for. */
const LEVEL = 4;

/** A layer on its way through gzip. */
export interface Compressed {
  readonly bytes: Readable;
  /** Once all bytes were read. */
  digest(): Digest;
  /** Once all bytes were read. */
  size(): number;
}

/** Compresses a layer, always to the same bytes: the header of gzip names neither file nor time. */
export function compressBlob(blob: Readable, onBytes: (read: number) => void = () => undefined): Compressed {
  const hash = createHash('sha256');
  let read = 0;
  let size = 0;
  const before = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      read += chunk.length;
      onBytes(read);
      done(null, chunk);
    },
  });
  const after = new Transform({
    highWaterMark: 1 << 20,
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      hash.update(chunk);
      done(null, chunk);
    },
  });
  let digest: Digest | undefined;
  // A failure reaches the reader as the error of the stream that it reads.
  pipeline(blob, before, createGzip({ level: LEVEL, chunkSize: 1 << 18 }), after).catch((error: Error) =>
    after.destroy(error),
  );
  return {
    bytes: after,
    digest() {
      digest ??= parseDigest(`sha256:${hash.digest('hex')}`);
      if (digest === undefined) throw internal({ code: 'digest-invalid', message: 'SHA-256 gave no digest' });
      return digest;
    },
    size: () => size,
  };
}
