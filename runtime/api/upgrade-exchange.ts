import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { type Duplex, Readable, type Writable } from 'node:stream';
import type * as z from 'zod/mini';
import { within } from '../../core/time/within.ts';
import { invalid, unsupported } from '../errors.ts';
import { readJson } from './body.ts';
import type { Exchange } from './exchange.ts';
import { Query } from './query.ts';
import { RAW_STREAM } from './stream-type.ts';
import type { Target } from './target.ts';
import type { ApiVersion } from './version.ts';
import { websocketAccept, websocketStream } from './websocket.ts';

/** Most bytes of the body of a request to upgrade, which has a few fields at most, and milliseconds within which it has to come. */
const LIMIT = 64 * 1024;
const TIME = 60_000;
const NO_CHUNKS = Buffer.from('0\r\n\r\n');

/**
 * An exchange whose client asked to upgrade the connection. Node hands the socket over without reading the body: what has
 * arrived of it, and of what the client sends after it, is in `head`.
 */
export class UpgradeExchange implements Exchange {
  readonly #hangUp = new AbortController();
  #body: Promise<Buffer> | undefined;
  #started = false;
  readonly path: string;
  readonly version: ApiVersion;
  readonly query: Query;
  params: Record<string, string> = {};

  constructor(
    private readonly request: IncomingMessage,
    private readonly socket: Duplex,
    head: Buffer,
    target: Target,
    private readonly common: Readonly<Record<string, string>>,
  ) {
    ({ path: this.path, version: this.version } = target);
    this.query = new Query(target.query);
    socket.on('error', (error) => this.#hangUp.abort(error));
    socket.on('close', () => this.#hangUp.abort(new Error('the client hung up')));
    if (head.length > 0) socket.unshift(head);
  }

  get method(): string {
    return this.request.method ?? 'GET';
  }

  get headers() {
    return this.request.headers;
  }

  get body(): Readable {
    return Readable.from(this.readBody(), { objectMode: false });
  }

  get signal(): AbortSignal {
    return this.#hangUp.signal;
  }

  get started(): boolean {
    return this.#started;
  }

  async json<T extends z.core.$ZodType>(schema: T): Promise<z.output<T>> {
    return readJson(Readable.from([await this.#readAll()]), schema);
  }

  sendJson(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
    this.#send(status, { 'Content-Type': 'application/json', ...headers }, `${JSON.stringify(value)}\n`);
  }

  sendText(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    this.#send(status, { 'Content-Type': 'text/plain; charset=utf-8', ...headers }, text);
  }

  sendEmpty(status: number, headers: Readonly<Record<string, string>> = {}): void {
    this.#send(status, headers, '');
  }

  startStream(): Writable {
    throw unsupported({ code: 'upgrade-unsupported', message: `${this.path} does not take an Upgrade header` });
  }

  async hijack(contentType = RAW_STREAM, protocol: 'tcp' | 'h2c' = 'tcp'): Promise<Duplex> {
    // What dockerode sends as body of an attach repeats the query; none of it is input.
    if (this.request.headers['transfer-encoding'] === undefined) await this.#readAll();
    else if (protocol === 'h2c') await this.#skipEmptyChunks();
    this.#started = true;
    const type = contentType === '' ? '' : `Content-Type: ${contentType}\r\n`;
    this.socket.write(`HTTP/1.1 101 UPGRADED\r\n${type}Connection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
    return this.socket;
  }

  async websocket(): Promise<Duplex> {
    const key = this.request.headers['sec-websocket-key'];
    if (key === undefined) {
      throw invalid({ code: 'no-websocket', message: `${this.path} wants a websocket: Sec-WebSocket-Key is missing` });
    }
    this.#started = true;
    this.socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${websocketAccept(key)}\r\n\r\n`,
    );
    return websocketStream(this.socket);
  }

  private async *readBody(): AsyncGenerator<Buffer> {
    yield await this.#readAll();
  }

  /** A chunked body without content, such as dockerode's before a session. */
  async #skipEmptyChunks(): Promise<void> {
    const body = await readExactly(this.socket, NO_CHUNKS.length, this.signal);
    if (body.equals(NO_CHUNKS)) return;
    throw invalid({ code: 'body-invalid', message: `${this.path} takes no body` });
  }

  #readAll(): Promise<Buffer> {
    const signal = within(TIME, this.signal);
    this.#body ??= readExactly(this.socket, bodyLength(this.request), signal);
    return this.#body;
  }

  #send(status: number, headers: Readonly<Record<string, string>>, text: string): void {
    this.#started = true;
    const body = Buffer.from(text);
    const all = { ...this.common, ...headers, 'Content-Length': String(body.length), Connection: 'close' };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`);
    this.socket.end(body);
    this.socket.resume();
  }
}

function bodyLength(request: IncomingMessage): number {
  if (request.headers['transfer-encoding'] !== undefined) {
    throw invalid({ code: 'body-invalid', message: 'a request to upgrade needs a Content-Length' });
  }
  const length = Number(request.headers['content-length'] ?? 0);
  if (!(length <= LIMIT)) throw invalid({ code: 'body-invalid', message: 'the request body is too large' });
  return length;
}

/** Takes that many bytes off a stream and leaves the rest. */
async function readExactly(stream: Readable, length: number, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let missing = length;
  while (missing > 0) {
    const chunk = (stream.read(Math.min(missing, stream.readableLength || missing)) as Buffer | null) ?? undefined;
    if (chunk !== undefined) {
      chunks.push(chunk);
      missing -= chunk.length;
    } else if (stream.readableEnded || signal.aborted) {
      throw invalid({ code: 'body-invalid', message: 'the request body ended early' });
    } else {
      await readable(stream, signal);
    }
  }
  return Buffer.concat(chunks);
}

function readable(stream: Readable, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('readable', done);
      stream.off('end', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    stream.on('readable', done);
    stream.on('end', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
