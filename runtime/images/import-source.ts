import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { invalid, unavailable } from '../errors.ts';

/** Opens what `docker import URL` names. A URL without a scheme is one of HTTP, as for Docker. */
export async function openImportSource(source: string, signal: AbortSignal): Promise<Readable> {
  const url = readUrl(source);
  const failed = (why: string, cause?: unknown): Error =>
    unavailable({
      code: 'import-download-failed',
      message: `${source} cannot be downloaded: ${why}`,
      subject: source,
      cause,
    });
  let response: Response;
  try {
    response = await fetch(url, { signal, redirect: 'follow' });
  } catch (cause) {
    signal.throwIfAborted();
    throw failed(cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause), cause);
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw failed(`the server answered ${response.status} ${response.statusText}`);
  }
  return Readable.fromWeb(response.body as ReadableStream);
}

function readUrl(source: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? source : `http://${source}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw invalid({
    code: 'import-source-invalid',
    message: `"${source}" is no source of an import: - or an address of http or https`,
    subject: source,
  });
}
