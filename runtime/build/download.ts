import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '../../core/image/digest.ts';
import { parseDigest } from '../../core/image/digest.ts';
import { EngineError, unavailable } from '../errors.ts';
import type { HttpClient } from '../registry/http-client.ts';
import { isCertificateError } from '../registry/network-error.ts';

/** A file of the web. */
export interface Download {
  readonly digest: Digest;
  /** What the server calls this content; absent where it does not say. */
  readonly etag?: string | undefined;
  /** RFC 1123, as the server says it. */
  readonly lastModified?: string | undefined;
}

/**
 * Downloads a URL into a file, with the time that the server gives it; undefined where the content is still the one that
 * `etag` names. Error: EngineError `unavailable`, saying why.
 */
export async function download(
  url: string,
  file: string,
  options: { readonly client: HttpClient; readonly etag?: string | undefined; readonly signal: AbortSignal },
): Promise<Download | undefined> {
  const { client, etag, signal } = options;
  const fail = (why: string, cause?: unknown): EngineError =>
    unavailable({ code: 'download-failed', message: `${url}: ${why}`, subject: url, cause });
  try {
    const headers = { 'Accept-Encoding': 'identity', ...(etag !== undefined && { 'If-None-Match': etag }) };
    const answer = await client.request(new URL(url), { method: 'GET', headers, signal });
    if (answer.status !== 200) {
      answer.body.destroy();
      if (answer.status === 304 && etag !== undefined) return undefined;
      throw fail(`the server answered ${answer.status} ${answer.statusText}`);
    }
    const digest = await writeDigested(answer.body, file, signal);
    const lastModified = answer.headers['last-modified'];
    const modified = Date.parse(lastModified ?? '');
    // What has no time gets one that does not depend on when it was fetched.
    const time = Number.isNaN(modified) ? new Date(0) : new Date(modified);
    await utimes(file, time, time);
    return { digest, etag: answer.headers.etag, lastModified };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof EngineError) throw cause;
    const { host } = new URL(url);
    const advice = isCertificateError(cause)
      ? `: put its authority's certificate into /etc/docker/certs.d/${host}/ca.crt`
      : '';
    throw fail(`${cause instanceof Error ? cause.message || String(cause) : String(cause)}${advice}`, cause);
  }
}

async function writeDigested(body: NodeJS.ReadableStream, file: string, signal: AbortSignal): Promise<Digest> {
  const hash = createHash('sha256');
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(body, meter, createWriteStream(file, { mode: 0o600 }), { signal });
  return parseDigest(`sha256:${hash.digest('hex')}`)!;
}
