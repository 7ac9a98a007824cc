import { createHash } from 'node:crypto';
import { type Digest, parseDigest, type Sha256 } from '../image/digest.ts';

/** The SHA-256 that core/ is handed. */
export const sha256: Sha256 = (data) => asDigest(createHash('sha256').update(data).digest('hex'));

/** Gives the digest of 64 hex digits that a hash printed. */
export function asDigest(hex: string): Digest {
  const digest = parseDigest(`sha256:${hex}`);
  if (digest === undefined) throw new TypeError(`Not the hex digits of a SHA-256: ${hex}`);
  return digest;
}
