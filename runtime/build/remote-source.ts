import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { BuildError } from './build-error.ts';

/** Downloads what ADD names by URL into a file, with the time that the server gives it, and checks `--checksum`. */
export async function download(
  url: string,
  file: string,
  options: { readonly checksum: string | undefined; readonly range: SourceRange; readonly signal: AbortSignal },
): Promise<void> {
  const { checksum, range, signal } = options;
  const fail = (why: string, cause?: unknown): BuildError =>
    new BuildError('invalid', {
      code: 'add-download-failed',
      message: `ADD failed: ${url}: ${why}`,
      range,
      subject: url,
      cause,
    });
  let response: Response;
  try {
    response = await fetch(url, { signal, redirect: 'follow' });
  } catch (cause) {
    signal.throwIfAborted();
    throw fail(cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause), cause);
  }
  if (!response.ok || response.body === null)
    throw fail(`the server answered ${response.status} ${response.statusText}`);
  const hash = createHash('sha256');
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body as ReadableStream), meter, createWriteStream(file, { mode: 0o600 }), {
    signal,
  });
  const digest = `sha256:${hash.digest('hex')}`;
  if (checksum !== undefined && checksum !== digest) throw fail(`its digest is ${digest}, not ${checksum}`);
  const modified = Date.parse(response.headers.get('last-modified') ?? '');
  if (!Number.isNaN(modified)) await utimes(file, new Date(modified), new Date(modified));
}
