import { createHash } from 'node:crypto';
import { parseDigest, type Sha256 } from '../../core/image/digest.ts';
import { internal } from '../errors.ts';

/** Node's SHA-256, for pure code that is handed one. */
export const sha256: Sha256 = (data) => {
  const digest = parseDigest(`sha256:${createHash('sha256').update(data).digest('hex')}`);
  if (digest === undefined) throw internal({ code: 'digest-invalid', message: 'SHA-256 gave no digest' });
  return digest;
};
