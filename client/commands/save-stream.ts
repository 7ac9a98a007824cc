import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Writes a stream to a file that is whole or not there: under another name until its last byte. `onBytes` hears how many
 * there are so far. Gives the bytes written; rejects with what went wrong, or the signal's AbortError.
 */
export async function saveStream(
  source: NodeJS.ReadableStream,
  target: string,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  const unfinished = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.part`);
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      onBytes(bytes);
      done(undefined, chunk);
    },
  });
  const file = createWriteStream(unfinished, { flags: 'wx', flush: true });
  const closed = new Promise<void>((resolve) => file.once('close', resolve));
  try {
    await pipeline(source, count, file, { signal });
    await rename(unfinished, target);
  } catch (error) {
    // One that was just being opened is there only afterwards.
    await closed;
    await rm(unfinished, { force: true });
    throw error;
  }
  return bytes;
}
