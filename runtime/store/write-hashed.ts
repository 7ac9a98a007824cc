import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { parseDigest } from '../../core/image/digest.ts';
import { internal } from '../errors.ts';
import { isZeros } from '../os/zeros.ts';
import type { BlobInfo } from './blob-store.ts';

/** Chunks that are gathered before they are written at once. */
const MOST_BYTES = 1 << 20;
const MOST_CHUNKS = 64;

/**
 * Writes a new file, fsyncs it, and gives its digest and size. It is hashed while the kernel takes the bytes before. Long
 * stretches of zeros become holes: a layer with a sparse file in it takes no more space than the file.
 */
export async function writeHashed(
  data: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  path: string,
  signal?: AbortSignal,
): Promise<BlobInfo> {
  if (signal !== undefined && data instanceof Readable) addAbortSignal(signal, data);
  const hash = createHash('sha256');
  let size = 0;
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  let writing: Promise<void> | undefined;
  await using file = await open(path, 'wx', 0o600);
  const flush = async (): Promise<void> => {
    const [chunks, position] = [gathered, size - bytes];
    gathered = [];
    bytes = 0;
    await writing;
    writing = chunks.every(isZeros) ? Promise.resolve() : writeAll(file, chunks, position);
    // It is awaited before the next; until then a failure waits too.
    writing.catch(() => undefined);
  };
  try {
    for await (const chunk of data) {
      hash.update(chunk);
      size += chunk.length;
      bytes += chunk.length;
      gathered.push(chunk);
      if (bytes >= MOST_BYTES || gathered.length === MOST_CHUNKS) await flush();
    }
    await flush();
  } finally {
    // The file must not be closed under a write.
    await writing;
  }
  await file.truncate(size);
  await file.sync();
  const digest = parseDigest(`sha256:${hash.digest('hex')}`);
  if (digest === undefined) throw internal({ code: 'digest-invalid', message: 'SHA-256 gave no digest' });
  return { digest, size };
}

/** writev(2) may write less than it is given. */
async function writeAll(file: FileHandle, chunks: readonly Uint8Array[], from: number): Promise<void> {
  let position = from;
  let left = chunks.filter(({ length }) => length > 0);
  while (left.length > 0) {
    let { bytesWritten } = await file.writev(left, position);
    position += bytesWritten;
    left = left.flatMap((chunk) => {
      const done = Math.min(bytesWritten, chunk.length);
      bytesWritten -= done;
      return done === chunk.length ? [] : [chunk.subarray(done)];
    });
  }
}
