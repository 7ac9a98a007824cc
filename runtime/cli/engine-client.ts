import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { EngineError, type ErrorKind, internal, unavailable } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

const Message = z.object({ message: z.string() });

const KINDS: Readonly<Record<number, ErrorKind>> = {
  304: 'not-modified',
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  501: 'unsupported',
  503: 'unavailable',
};

/** What the engine answered instead of what was asked for. */
export class RefusedRequest extends EngineError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(KINDS[status] ?? 'internal', { code: 'api-refused', message });
  }
}

export interface Request {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined | readonly string[]>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it comes. */
  readonly stream?: Readable;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Speaks the Docker Engine API over a unix socket.
 * Errors: RefusedRequest; EngineError `unavailable` with code `daemon-not-running` where nobody listens.
 */
export class EngineClient {
  constructor(
    /** Absolute path of the socket. */
    readonly socket: string,
  ) {}

  /** Sends a request and gives the answer's head; its body is unread. */
  async send(method: string, path: string, options: Request = {}): Promise<IncomingMessage> {
    const { response } = await this.#open(method, path, options, {});
    if ((response.statusCode ?? 500) < 400) return response;
    throw await refusal(response);
  }

  /** Sends a request and reads the answer to its end. */
  async empty(method: string, path: string, options: Request = {}): Promise<void> {
    const response = await this.send(method, path, options);
    response.resume();
    await ended(response);
  }

  /** Sends a request and reads JSON. */
  async json<T extends z.core.$ZodType>(
    schema: T,
    method: string,
    path: string,
    options: Request = {},
  ): Promise<z.output<T>> {
    const text = await readText(await this.send(method, path, options));
    const parsed = z.safeParse(schema, JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw internal({
      code: 'api-answer-invalid',
      message: `the engine answered ${method} ${path} with something else than expected: ${z.prettifyError(parsed.error)}`,
    });
  }

  /** Sends a request and gives each line of the answer, as JSON. */
  async *lines<T extends z.core.$ZodType>(
    schema: T,
    method: string,
    path: string,
    options: Request = {},
  ): AsyncGenerator<z.output<T>> {
    const response = await this.send(method, path, options);
    try {
      for await (const line of createInterface({ input: response })) {
        if (line.trim() !== '') yield z.parse(schema, JSON.parse(line));
      }
    } finally {
      response.destroy();
    }
  }

  /** Turns the connection into a raw stream (attach, exec). */
  async hijack(method: string, path: string, options: Request = {}): Promise<Duplex> {
    const opened = await this.#open(method, path, options, { Connection: 'Upgrade', Upgrade: 'tcp' });
    if (opened.stream !== undefined) return opened.stream;
    throw await refusal(opened.response);
  }

  #open(
    method: string,
    path: string,
    { query = {}, json, stream, headers = {}, signal }: Request,
    own: Record<string, string>,
  ): Promise<{ response: IncomingMessage; stream?: Duplex }> {
    const body = json === undefined ? undefined : Buffer.from(JSON.stringify(json));
    return new Promise((resolve, reject) => {
      const sent = request({
        socketPath: this.socket,
        method,
        path: path + encodeQuery(query),
        headers: {
          Host: 'lapstrake',
          ...(body === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': body.length }),
          ...headers,
          ...own,
        },
        ...(signal === undefined ? {} : { signal }),
      });
      sent.on('error', (cause) => reject(this.#explain(cause)));
      sent.on('response', (response) => resolve({ response }));
      sent.on('upgrade', (response, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve({ response, stream: socket });
      });
      if (stream === undefined) sent.end(body);
      // The engine may refuse before it has read all: its answer says why.
      else pipeline(stream, sent).catch((cause: Error) => reject(this.#explain(cause)));
    });
  }

  #explain(cause: unknown): unknown {
    if (hasErrno(cause, 'ENOENT', 'ECONNREFUSED', 'ENOTSOCK')) {
      return unavailable({
        code: 'daemon-not-running',
        message: `cannot connect to the engine at unix://${this.socket}: is it running? Start it with: lapstrake daemon --host unix://${this.socket}`,
        subject: this.socket,
        cause,
      });
    }
    if (hasErrno(cause, 'EACCES')) {
      return unavailable({
        code: 'daemon-not-allowed',
        message: `permission denied while connecting to unix://${this.socket}: it belongs to another user`,
        subject: this.socket,
        cause,
      });
    }
    return cause;
  }
}

function encodeQuery(query: NonNullable<Request['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== false) parameters.append(name, each === true ? '1' : String(each));
    }
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

async function refusal(response: IncomingMessage): Promise<RefusedRequest> {
  const text = await readText(response);
  const status = response.statusCode ?? 500;
  try {
    return new RefusedRequest(status, z.parse(Message, JSON.parse(text)).message);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.core.$ZodError) {
      return new RefusedRequest(status, text.trim() || `status ${status}`);
    }
    throw error;
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  return Buffer.concat(parts).toString();
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('end', resolve);
    stream.once('error', reject);
  });
}
