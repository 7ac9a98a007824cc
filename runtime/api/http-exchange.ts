import type { IncomingMessage, ServerResponse } from 'node:http';
import { Duplex, Readable, type Writable } from 'node:stream';
import type * as z from 'zod/mini';
import { invalid } from '../errors.ts';
import { readJson } from './body.ts';
import { afterBody, isWhole } from './drain.ts';
import type { Exchange } from './exchange.ts';
import { Query } from './query.ts';
import { RAW_STREAM } from './stream-type.ts';
import type { Target } from './target.ts';
import type { ApiVersion } from './version.ts';

/** An exchange on a plain HTTP connection. */
export class HttpExchange implements Exchange {
  readonly #hangUp = new AbortController();
  /** The answer is made, and goes out as soon as the request is here. */
  #answered = false;
  readonly path: string;
  readonly version: ApiVersion;
  readonly query: Query;
  params: Record<string, string> = {};

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    target: Target,
  ) {
    ({ path: this.path, version: this.version } = target);
    this.query = new Query(target.query);
    response.on('close', () => {
      if (!response.writableFinished) this.#hangUp.abort(new Error('the client hung up'));
    });
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get headers() {
    return this.request.headers;
  }

  get body(): Readable {
    return this.request;
  }

  get signal(): AbortSignal {
    return this.#hangUp.signal;
  }

  get started(): boolean {
    return this.#answered || this.response.headersSent;
  }

  json<T extends z.core.$ZodType>(schema: T): Promise<z.output<T>> {
    return readJson(this.request, schema);
  }

  sendJson(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.#send(status, 'application/json', `${JSON.stringify(value)}\n`, headers);
  }

  sendText(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#send(status, 'text/plain; charset=utf-8', text, headers);
  }

  sendEmpty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    const length = status === 204 || status === 304 ? {} : { 'Content-Length': '0' };
    this.#answered = true;
    this.#afterBody(() => this.response.writeHead(status, { ...length, ...headers }).end());
  }

  startStream(contentType: string | undefined, headers: Readonly<Record<string, string>> = {}): Writable {
    this.response.writeHead(200, { ...(contentType && { 'Content-Type': contentType }), ...headers });
    this.response.flushHeaders();
    return this.response;
  }

  async hijack(): Promise<Duplex> {
    this.response.useChunkedEncodingByDefault = false;
    this.response.shouldKeepAlive = false;
    this.response.writeHead(200, { 'Content-Type': RAW_STREAM, Connection: 'close' });
    this.response.flushHeaders();
    const hasInput = this.request.headers['content-length'] === undefined;
    if (!hasInput) this.request.resume();
    const readable = hasInput ? this.request : Readable.from([]);
    const client = Duplex.from({ readable, writable: this.response });
    // The signal tells of a client that has gone, also who does not use the stream at the moment.
    return client.on('error', () => undefined);
  }

  async websocket(): Promise<Duplex> {
    throw invalid({ code: 'no-websocket', message: `${this.path} wants a websocket: ask for an upgrade to one` });
  }

  #send(status: number, type: string, text: string, headers: Readonly<Record<string, string>>): void {
    const body = Buffer.from(text);
    this.#answered = true;
    this.#afterBody(() => {
      this.response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length, ...headers });
      this.response.end(this.method === 'HEAD' ? undefined : body);
    });
  }

  /** Who sends more of a body than anybody wants, or never all of it, is answered and cut off. */
  #afterBody(then: () => void): void {
    afterBody(this.request, () => {
      if (!isWhole(this.request)) this.response.shouldKeepAlive = false;
      then();
    });
  }
}
