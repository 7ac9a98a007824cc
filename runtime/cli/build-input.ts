import { Readable } from 'node:stream';
import { detectCompression } from '../archive/compression.ts';
import { paddingOf, tarEntry } from '../archive/tar-entry.ts';
import { parseHeader } from '../archive/tar-header.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../archive/tar-writer.ts';
import { isKind } from '../errors.ts';
import { UsageError } from './usage-error.ts';

/** Bytes by which an archive is known. */
const HEAD = 512;

/** The context that `lapstrake build -` reads: an archive as it is, or one around a Dockerfile. */
export interface StreamedContext {
  readonly tar: Readable;
  readonly dockerfile: string | undefined;
}

/** Tells an archive from a Dockerfile by its first bytes. Error: UsageError for neither. */
export async function contextOfInput(input: Readable): Promise<StreamedContext> {
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.length < HEAD) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  if (head.length === 0) throw new UsageError('unable to prepare context: the standard input is empty');
  const all = async function* (): AsyncGenerator<Buffer> {
    yield head;
    for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
  };
  if (isArchive(head)) return { tar: Readable.from(all(), { objectMode: false }), dockerfile: undefined };
  const parts: Buffer[] = [];
  for await (const part of all()) parts.push(part);
  return { tar: Readable.from(archiveOf(Buffer.concat(parts)), { objectMode: false }), dockerfile: 'Dockerfile' };
}

function isArchive(head: Buffer): boolean {
  if (detectCompression(head) !== 'none') return true;
  try {
    return head.length >= HEAD && parseHeader(head.subarray(0, HEAD)) !== undefined;
  } catch (error) {
    if (isKind(error, 'invalid')) return false;
    throw error;
  }
}

/** Reads all of the standard input, as text of a Dockerfile. */
export async function dockerfileOfInput(input: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of input as AsyncIterable<Buffer>) parts.push(part);
  if (parts.length === 0) throw new UsageError('the Dockerfile on the standard input is empty');
  return Buffer.concat(parts);
}

function* archiveOf(dockerfile: Buffer): Generator<Buffer> {
  const [size, mtime] = [dockerfile.length, BigInt(Date.now()) * 1_000_000n];
  yield encodeEntry(tarEntry({ name: 'Dockerfile', size, mtime }));
  yield dockerfile;
  yield Buffer.alloc(paddingOf(size));
  yield END_OF_ARCHIVE;
}
