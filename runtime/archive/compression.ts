import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { invalid } from '../errors.ts';
import { start } from '../os/spawn.ts';

/** How an archive is packed, by its first bytes. */
export type Compression = 'none' | 'gzip' | 'zstd' | 'bzip2' | 'xz';

const MAGIC: readonly (readonly [Exclude<Compression, 'none'>, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b, 0x08])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['bzip2', Buffer.from('BZh')],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
];

/** Tells the compression from a file's first bytes; six suffice. */
export function detectCompression(head: Buffer): Compression {
  return MAGIC.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0] ?? 'none';
}

/**
 * The unpacked bytes of an archive, whatever its compression. Whoever reads them to the end has read the archive to its
 * end; destroying them destroys the archive's stream. Error at reading: EngineError `invalid`, code `compression-invalid`.
 */
export async function decompress(archive: Readable, signal?: AbortSignal): Promise<Readable> {
  const head = await peek(archive, 6);
  if (head.length < 6) return Readable.from([head], { objectMode: false });
  const compression = detectCompression(head);
  switch (compression) {
    case 'none':
      return archive;
    case 'gzip':
      return piped(archive, zlib.createGunzip({ chunkSize: 1 << 20 }));
    case 'zstd':
      return unzstd(archive);
    case 'bzip2':
    case 'xz':
      return filtered(archive, compression, signal);
  }
}

/** Looks at the first bytes and puts them back; fewer than `size` are a stream that has ended, and are not put back. */
async function peek(stream: Readable, size: number): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < size) {
    const chunk: Buffer | null = stream.read();
    if (chunk !== null) head = Buffer.concat([head, chunk]);
    else if (stream.errored) throw stream.errored;
    else if (stream.readableEnded || stream.destroyed) return head;
    else await readableOrEnd(stream);
  }
  stream.unshift(head);
  return head;
}

function readableOrEnd(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error): void => {
      for (const name of ['readable', 'end', 'close'] as const) stream.off(name, onEvent);
      stream.off('error', done);
      if (error) reject(error);
      else resolve();
    };
    const onEvent = (): void => done();
    for (const name of ['readable', 'end', 'close'] as const) stream.on(name, onEvent);
    stream.on('error', done);
  });
}

function piped(archive: Readable, transform: Transform): Readable {
  pipeline(archive, transform).catch((error: Error) => transform.destroy(error));
  async function* output(): AsyncGenerator<Buffer> {
    try {
      yield* transform;
    } catch (error) {
      throw error === archive.errored ? error : damaged(error);
    } finally {
      transform.destroy();
      archive.destroy();
    }
  }
  return Readable.from(output(), { objectMode: false, highWaterMark: 1 << 20 });
}

async function filtered(archive: Readable, program: 'bzip2' | 'xz', signal?: AbortSignal): Promise<Readable> {
  const filter = await start(program, ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'], signal });
  async function* output(): AsyncGenerator<Buffer> {
    try {
      yield* filter.stdout!;
      const exitCode = await filter.exited;
      if (exitCode !== 0) throw damaged(new Error(`${program} ended with exit code ${exitCode}`));
    } finally {
      filter.kill('SIGKILL');
      archive.destroy();
    }
  }
  // What goes wrong while writing shows in the program's exit code or in the archive's own error.
  pipeline(archive, filter.stdin!).catch((error: Error) => filter.stdout!.destroy(error));
  return Readable.from(output(), { objectMode: false });
}

function damaged(cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  return invalid({
    code: 'compression-invalid',
    message: `the archive is compressed, but damaged or cut off: ${why}`,
    cause,
  });
}

/** Bytes that are unpacked at once: four of them may say 128 KiB. */
const ZSTD_STEP = 512;

/** Unpacks Zstandard frames, on Node versions whose zlib has none. */
function unzstd(archive: Readable): Readable {
  async function* output(): AsyncGenerator<Uint8Array> {
    let unpacked: Uint8Array[] = [];
    const decoder = new Decompress((chunk) => {
      // Its memory is used again for what follows.
      if (chunk.length > 0) unpacked.push(Uint8Array.from(chunk));
    });
    const push = (packed: Uint8Array, isLast: boolean): Uint8Array[] => {
      unpacked = [];
      decoder.push(packed, isLast);
      return unpacked;
    };
    try {
      for await (const chunk of archive as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.length; at += ZSTD_STEP) yield* push(chunk.subarray(at, at + ZSTD_STEP), false);
      }
      yield* push(new Uint8Array(0), true);
    } catch (error) {
      throw error === archive.errored ? error : damaged(error);
    } finally {
      archive.destroy();
    }
  }
  return Readable.from(output(), { objectMode: false, highWaterMark: 1 << 20 });
}
