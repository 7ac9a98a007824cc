import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { Digest } from '../../core/image/digest.ts';
import { type EngineError, internal } from '../errors.ts';

/** The error for a blob whose bytes on the disk are not those that its name promises. */
export function corruptBlob(digest: Digest, what: string): EngineError {
  return internal({
    code: 'blob-corrupt',
    message: `blob ${digest} in the image store is corrupt (${what}): remove the images that use it and pull or build them again`,
    subject: digest,
    remedies: ['Remove the images that use it', 'Pull or build them again'],
  });
}

/** Passes bytes on and fails at their end where they do not have the digest. */
export class VerifyDigest extends Transform {
  readonly #hash = createHash('sha256');

  constructor(private readonly digest: Digest) {
    super({ highWaterMark: 1 << 20 });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    const found = `sha256:${this.#hash.digest('hex')}`;
    done(found === this.digest ? null : corruptBlob(this.digest, `its bytes have the digest ${found}`));
  }
}
