// biome-ignore-start lint/style/useNodejsImportProtocol: VS Code lends its proxy and the system's certificates only to modules asked for by these names
import { type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'http';
import { request as tlsRequest } from 'https';

// biome-ignore-end lint/style/useNodejsImportProtocol: see above
import type { TlsFiles } from './tls-files.ts';

/** What is sent to a server; nothing has a body here. */
export interface Ask {
  readonly method: 'GET' | 'HEAD' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  /** Most bytes of the answer that are taken. */
  readonly limit: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The server sent more than it may, or an answer that is none. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

/** Sends one request and reads the whole answer, whatever its status. Follows no redirect. Rejects with Node's errors, BadAnswer, or the signal's reason. */
export function exchange(
  url: URL,
  { method, headers, limit }: Ask,
  signal: AbortSignal,
  tls?: TlsFiles,
): Promise<Answer> {
  const send = url.protocol === 'https:' ? tlsRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const sent = send(
      url,
      { method, headers: { 'User-Agent': 'Lapstrake', ...headers }, signal, ...tls },
      (response) => {
        readBody(response, limit).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          reject,
        );
      },
    );
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : error));
    sent.end();
  });
}

async function readBody(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Leaving the loop destroys the response.
    if (bytes > limit) throw new BadAnswer(`more than ${limit} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new BadAnswer('it ended too early');
  return Buffer.concat(chunks);
}
