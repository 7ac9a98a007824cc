import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex, Readable, Writable } from 'node:stream';
import type * as z from 'zod/mini';
import type { Query } from './query.ts';
import type { ApiVersion } from './version.ts';

/** One request and the one answer to it. */
export interface Exchange {
  readonly method: string;
  /** Without the version. */
  readonly path: string;
  /** Whose shapes the answer has. */
  readonly version: ApiVersion;
  /** The `{names}` of the route. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly headers: IncomingHttpHeaders;
  /** The request's body as it arrives. */
  readonly body: Readable;
  /** Aborted when the client hangs up before the answer is complete. */
  readonly signal: AbortSignal;
  /** The body as the schema says; an empty body counts as `{}`. Error: EngineError `invalid`. */
  json<T extends z.core.$ZodType>(schema: T): Promise<z.output<T>>;
  sendJson(status: number, value: unknown, headers?: Readonly<Record<string, string>>): void;
  sendText(status: number, text: string, headers?: Readonly<Record<string, string>>): void;
  sendEmpty(status: number, headers?: Readonly<Record<string, string>>): void;
  /** Sends the head at once and gives the body's stream. */
  startStream(contentType: string | undefined, headers?: Readonly<Record<string, string>>): Writable;
  /**
   * Turns the connection into a raw stream: 101 where the client asked for an upgrade, else 200 with the stream as body.
   * A body with a Content-Length is the request's, and no part of the stream. Ending what is returned is the end of
   * output; the client may have ended its side long before. `contentType` and `protocol` are told to who asked for an
   * upgrade.
   */
  hijack(contentType?: string, protocol?: 'tcp' | 'h2c'): Promise<Duplex>;
  /** The same over a websocket, as plain bytes. Error: EngineError `invalid` where the client did not ask for one. */
  websocket(): Promise<Duplex>;
  /** Whether the head has gone out, so that an error can no longer be told by a status. */
  readonly started: boolean;
}

/** Answers one kind of request. */
export type Handler = (exchange: Exchange) => Promise<void> | void;

/** Handlers by `METHOD /path/{name}`; `{name*}` also takes slashes. */
export type Routes = Readonly<Record<string, Handler>>;
