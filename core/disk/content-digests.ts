import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { Digest } from '../image/digest.ts';
import { asDigest } from './sha256.ts';

const REMEMBERED = 100_000;
/** A file changed this recently may change again within the same time stamp: its digest is not remembered. */
const UNSETTLED = 2_000_000_000n;

/**
 * SHA-256 of files' contents, read once as long as device, inode, size, mtime and ctime stay the same. One for each
 * process; holds the last hundred thousand digests.
 */
export class ContentDigests {
  private readonly known = new Map<string, Digest>();
  private readonly limit = pLimit(4);

  constructor(private readonly now: () => number = Date.now) {}

  /** Streams the file; throws what the file system says (a symbolic link is not followed: ELOOP), and the signal's reason. */
  digest(file: string, signal?: AbortSignal): Promise<Digest> {
    return this.limit(async () => {
      signal?.throwIfAborted();
      await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
      const before = await identity(handle);
      const remembered = this.known.get(before.key);
      if (remembered !== undefined) return remembered;
      const digest = await hash(handle, signal);
      const after = await identity(handle);
      if (after.key === before.key && BigInt(this.now()) * 1_000_000n - after.changed > UNSETTLED)
        this.remember(after.key, digest);
      return digest;
    });
  }

  private remember(key: string, digest: Digest): void {
    this.known.set(key, digest);
    if (this.known.size <= REMEMBERED) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}

async function identity(handle: FileHandle): Promise<{ key: string; changed: bigint }> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
  return { key: [dev, ino, size, mtimeNs, ctimeNs].join(':'), changed: ctimeNs };
}

async function hash(handle: FileHandle, signal: AbortSignal | undefined): Promise<Digest> {
  const sum = createHash('sha256');
  const chunk = Buffer.allocUnsafe(256 * 1024);
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, null);
    if (bytesRead === 0) return asDigest(sum.digest('hex'));
    sum.update(chunk.subarray(0, bytesRead));
  }
}
