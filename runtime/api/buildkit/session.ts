import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { within } from '../../../core/time/within.ts';
import { unauthorized, unavailable } from '../../errors.ts';
import { ANONYMOUS, type Credentials } from '../../registry/credentials.ts';
import { decodeTexts, encode } from './protobuf.ts';

/** Bytes of an answer that are read. */
const MOST = 1 << 20;
/** Milliseconds that a client gets for an answer. */
const PATIENCE = 30_000;
const OK = '0';
const UNIMPLEMENTED = '12';
/** How Docker's clients call Docker Hub. */
const HUB = 'registry-1.docker.io';

/**
 * A client's side of a build (BuildKit's session): over the connection that it opened, it serves gRPC, and the engine
 * asks.
 */
export class BuildSession implements Disposable {
  readonly #http: ClientHttp2Session;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<unknown>;

  constructor(connection: Duplex) {
    this.#http = connect('http://session', { createConnection: () => connection });
    // What breaks the connection is told to whoever waits for an answer.
    this.#http.on('error', () => undefined);
    this.ended = new Promise((resolve) => this.#http.once('close', resolve));
  }

  /**
   * The account at the registry of a domain (moby/buildkit, session/auth/auth.proto). Errors: EngineError `unavailable`
   * where the client does not answer, `unauthorized` where it refuses.
   */
  async credentials(domain: string, signal: AbortSignal): Promise<Credentials> {
    const host = domain === 'docker.io' ? HUB : domain;
    const answer = await this.#call('/moby.filesync.v1.Auth/Credentials', encode([[1, host]]), signal);
    const texts = answer === undefined ? undefined : decodeTexts(answer);
    const [username, password] = [texts?.get(1) ?? '', texts?.get(2) ?? ''];
    if (password === '') return ANONYMOUS;
    return username === '' ? { kind: 'identity', token: password } : { kind: 'password', username, password };
  }

  [Symbol.dispose](): void {
    this.#http.destroy();
  }

  /** One unary call (gRPC over HTTP2); undefined where the client does not serve the method. */
  async #call(path: string, message: Buffer, signal: AbortSignal): Promise<Buffer | undefined> {
    const length = Buffer.alloc(5);
    length.writeUInt32BE(message.length, 1);
    const all = within(PATIENCE, signal);
    try {
      const headers = { ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' };
      const stream = this.#http.request(headers, { signal: all });
      stream.end(Buffer.concat([length, message]));
      let status: string | undefined;
      let why = '';
      const note = (fields: NodeJS.Dict<string | string[] | number>): void => {
        status = fields['grpc-status'] === undefined ? status : String(fields['grpc-status']);
        why = decodeURIComponent(String(fields['grpc-message'] ?? why));
      };
      stream.on('response', note);
      stream.on('trailers', note);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > MOST) stream.close(constants.NGHTTP2_CANCEL);
        else chunks.push(chunk);
      }
      if (!stream.closed) await once(stream, 'close', { signal: all });
      if (status === UNIMPLEMENTED) return undefined;
      if (status !== OK) throw refused(path, why || `gRPC status ${status ?? 'missing'}`);
      return Buffer.concat(chunks).subarray(5);
    } catch (cause) {
      signal.throwIfAborted();
      if (cause instanceof Error && 'kind' in cause) throw cause;
      throw unavailable({ code: 'session-silent', message: `the build's session gave no answer to ${path}`, cause });
    }
  }
}

function refused(path: string, why: string) {
  return unauthorized({ code: 'session-refused', message: `the build's session refused ${path}: ${why}` });
}
