import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { decompress } from '../archive/compression.ts';
import { BLOCK } from '../archive/tar-entry.ts';
import { parseHeader } from '../archive/tar-header.ts';
import { isKind } from '../errors.ts';

/** Tells the tar archives of a build context from its other files by what is in them, whatever they are called. */
export class ContextArchives {
  readonly #known = new Map<string, boolean>();
  readonly #asked = new Set<string>();

  constructor(private readonly context: string) {}

  /** Whether a file is one, as far as is known; what is not known yet is for `look`. */
  readonly isArchive = (path: string): boolean => {
    const known = this.#known.get(path);
    if (known === undefined) this.#asked.add(path);
    return known === true;
  };

  /** Looks into the files that were asked for; false where all were known. */
  async look(signal: AbortSignal): Promise<boolean> {
    const asked = [...this.#asked];
    this.#asked.clear();
    for (const path of asked) this.#known.set(path, await beginsAsTar(join(this.context, path), signal));
    return asked.length > 0;
  }
}

/** Whether a file is a tar archive, compressed or not. */
export async function beginsAsTar(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    // Whoever opens a pipe waits for its other end.
    if (!(await lstat(path)).isFile()) return false;
    const bytes = await decompress(createReadStream(path, { signal }), signal);
    try {
      const block = await firstBytes(bytes, BLOCK);
      return block.length === BLOCK && parseHeader(block) !== undefined;
    } finally {
      bytes.destroy();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isKind(error, 'invalid')) return false;
    throw error;
  }
}

async function firstBytes(stream: AsyncIterable<Buffer>, size: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of stream) {
    bytes = Buffer.concat([bytes, chunk]);
    if (bytes.length >= size) break;
  }
  return bytes.subarray(0, size);
}
