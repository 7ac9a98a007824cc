import type { Readable } from 'node:stream';
import { EngineError, invalid, unavailable } from '../errors.ts';
import type { HttpAnswer, HttpClient } from '../registry/http-client.ts';

/**
 * Opens what `docker import URL` names. A URL without a scheme is one of HTTP, as for Docker. Errors: EngineError `invalid`
 * for what is no URL, `unavailable` for one that cannot be downloaded.
 */
export async function openImportSource(
  source: string,
  openHttp: () => HttpClient,
  signal: AbortSignal,
): Promise<Readable> {
  const url = readUrl(source);
  const failed = (why: string, cause?: unknown): Error =>
    unavailable({
      code: 'import-download-failed',
      message: `${source} cannot be downloaded: ${why}`,
      subject: source,
      cause,
    });
  const client = openHttp();
  let answer: HttpAnswer;
  try {
    answer = await client.request(url, { method: 'GET', headers: { 'Accept-Encoding': 'identity' }, signal });
  } catch (cause) {
    client[Symbol.dispose]();
    signal.throwIfAborted();
    if (cause instanceof EngineError) throw cause;
    throw failed(cause instanceof Error ? cause.message || String(cause) : String(cause), cause);
  }
  const { status, statusText, body } = answer;
  body.once('close', () => client[Symbol.dispose]());
  if (status >= 200 && status < 300) return body;
  body.destroy();
  throw failed(`the server answered ${status} ${statusText}`);
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
