import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { Digest } from '../image/digest.ts';
import { asDigest } from './sha256.ts';

const REMEMBERED = 100_000;
/** A file changed this recently may change again within the same time stamp: its digest is not remembered. */
const UNSETTLED = 2_000_000_000n;
/** Bytes of a file that is read at once. */
const SMALL = 1 << 18;
const READ_ONLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * SHA-256 of files' contents, read once as long as device, inode, size, mtime and ctime stay the same. One for each
 * process; holds the last hundred thousand digests.
 */
export class ContentDigests {
  private readonly remembered = new Map<string, Digest>();
  private readonly limit = pLimit(4);
  /** For one byte more than a small file has. */
  private readonly buffer = Buffer.allocUnsafeSlow(SMALL + 1);

  /**
   * `writtenOnce`: a folder in which files are never written to again once they can be asked for, though they may get further
   * names: there, when a file was made says as much as when it was last changed.
   */
  constructor(
    private readonly now: () => number = Date.now,
    private readonly writtenOnce?: string,
  ) {}

  /**
   * The digest of a file that has not changed since it was read, or is so small that it is read at once; undefined for any
   * other. Throws what the file system says.
   */
  atOnce(file: string): Digest | undefined {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (!stats?.isFile()) return undefined;
    const known = this.remembered.get(this.keyOf(file, stats));
    return known !== undefined || stats.size > SMALL ? known : this.readSmall(file);
  }

  /** Streams the file; throws what the file system says (a symbolic link is not followed: ELOOP), and the signal's reason. */
  digest(file: string, signal?: AbortSignal): Promise<Digest> {
    return this.limit(async () => {
      signal?.throwIfAborted();
      await using handle = await open(file, READ_ONLY);
      const before = await handle.stat({ bigint: true });
      const known = this.remembered.get(this.keyOf(file, before));
      if (known !== undefined) return known;
      const digest = await hash(handle, signal);
      this.remember(file, digest, before, await handle.stat({ bigint: true }));
      return digest;
    });
  }

  private readSmall(file: string): Digest | undefined {
    const fd = openSync(file, READ_ONLY);
    try {
      const before = fstatSync(fd, { bigint: true });
      // It has grown meanwhile.
      if (!before.isFile() || before.size > SMALL) return undefined;
      const content = readSync(fd, this.buffer, 0, this.buffer.length, 0);
      const after = fstatSync(fd, { bigint: true });
      if (after.size !== BigInt(content)) return undefined;
      const digest = asDigest(createHash('sha256').update(this.buffer.subarray(0, content)).digest('hex'));
      this.remember(file, digest, before, after);
      return digest;
    } finally {
      closeSync(fd);
    }
  }

  private remember(file: string, digest: Digest, before: BigIntStats, after: BigIntStats): void {
    const key = this.keyOf(file, after);
    if (key !== this.keyOf(file, before)) return;
    const isSettled = BigInt(this.now()) * 1_000_000n - after.ctimeNs > UNSETTLED;
    if (!isSettled && !this.isWrittenOnce(file, after)) return;
    this.remembered.set(key, digest);
    if (this.remembered.size <= REMEMBERED) return;
    const [oldest] = this.remembered.keys();
    if (oldest !== undefined) this.remembered.delete(oldest);
  }

  private keyOf(file: string, stats: BigIntStats): string {
    const { dev, ino, size, mtimeNs, ctimeNs, birthtimeNs } = stats;
    const changed = this.isWrittenOnce(file, stats) ? `made ${birthtimeNs}` : ctimeNs;
    return `${dev}:${ino}:${size}:${mtimeNs}:${changed}`;
  }

  /** Not every file system says when a file was made. */
  private isWrittenOnce(file: string, { birthtimeNs }: BigIntStats): boolean {
    return this.writtenOnce !== undefined && birthtimeNs > 0n && file.startsWith(`${this.writtenOnce}/`);
  }
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
