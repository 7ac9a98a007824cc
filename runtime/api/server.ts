import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, ListenOptions } from 'node:net';
import type { Duplex } from 'node:stream';
import { conflict, invalid, notFound, unsupported } from '../errors.ts';
import type { Log } from '../log.ts';
import { hasErrno } from '../os/errno.ts';
import type { Exchange } from './exchange.ts';
import { HttpExchange } from './http-exchange.ts';
import type { Router } from './router.ts';
import { clearStaleSocket, prepareSocketFolder } from './socket-place.ts';
import { failureOf } from './status.ts';
import { parseTarget, parseUnversioned, type Target } from './target.ts';
import { UpgradeExchange } from './upgrade-exchange.ts';
import { commonHeaders } from './version.ts';

/** Where to listen over TCP; port 0 is any that is free. */
export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** In PEM: the authority of the clients' certificates, and the server's own certificate with its key. */
export interface TlsIdentity {
  readonly ca: Buffer;
  readonly cert: Buffer;
  readonly key: Buffer;
}

export interface ApiServerOptions {
  readonly router: Router;
  readonly log: Log;
  readonly version: string;
  /** Called when a request has come, and when it has been served. */
  readonly onRequest?: () => void;
}

const TIMES: ServerOptions = { requestTimeout: 0, headersTimeout: 60_000, keepAliveTimeout: 30_000 };
/** Milliseconds within which a TCP client has to show its certificate. */
const HANDSHAKE_TIMEOUT = 10_000;

/** Serves the Docker Engine API: on a unix socket, and over TCP to who shows a certificate. */
export class ApiServer {
  readonly #servers: Server[] = [];
  readonly #upgraded = new Set<Duplex>();
  readonly #common: Record<string, string>;

  constructor(private readonly options: ApiServerOptions) {
    this.#common = commonHeaders(options.version);
  }

  /**
   * Listens on a socket that only the user may open, in a folder of the same kind where it has to be made.
   * Errors: EngineError `forbidden` or `conflict`, as `socket-place.ts` says.
   */
  async listen(path: string): Promise<void> {
    await prepareSocketFolder(path, this.options.log);
    await clearStaleSocket(path);
    const before = process.umask(0o177);
    try {
      await this.#listen(createServer(TIMES), { path });
    } finally {
      process.umask(before);
    }
    await chmod(path, 0o600);
  }

  /**
   * Listens on a TCP address too, for clients with a certificate of the authority `identity.ca` alone. Gives the port.
   * Error: EngineError `conflict`, code `address-in-use`; `invalid`, code `address-unusable` or `tls-unusable`.
   */
  async listenTls({ host, port }: TcpAddress, identity: TlsIdentity): Promise<number> {
    const server = tlsServer(identity);
    server.on('tlsClientError', (error, socket) => {
      this.options.log.debug(`refused ${socket.remoteAddress ?? 'a client'}: ${error.message}`);
      socket.destroy();
    });
    try {
      await this.#listen(server, { host, port });
    } catch (cause) {
      throw cannotListen(`tcp://${host}:${port}`, cause);
    }
    return (server.address() as AddressInfo).port;
  }

  async #listen(server: Server, where: ListenOptions): Promise<void> {
    server.on('request', (request, response) => void this.#plain(request, response));
    server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head));
    server.on('clientError', (_error, socket) => socket.destroy());
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(where, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#servers.push(server);
  }

  /** Stops listening, which removes the socket; what still runs is cut off. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of this.#upgraded) socket.destroy();
    for (const server of this.#servers) server.closeAllConnections();
    await Promise.all(closed);
  }

  async #plain(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(this.#common)) response.setHeader(name, value);
    response.on('error', () => response.destroy());
    const exchange = (of: Target): HttpExchange => new HttpExchange(request, response, of);
    const served = await this.#serve(request, exchange);
    if (served === 'broken') response.destroy();
    // A body that nobody read would keep the connection from its next request.
    else if (!request.readableEnded && !request.destroyed) request.resume();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#upgraded.add(socket);
    socket.on('close', () => this.#upgraded.delete(socket));
    const exchange = (of: Target): UpgradeExchange => new UpgradeExchange(request, socket, head, of, this.#common);
    if ((await this.#serve(request, exchange)) === 'broken') socket.destroy();
  }

  async #serve<E extends Exchange & { params: Record<string, string> }>(
    request: IncomingMessage,
    make: (target: Target) => E,
  ): Promise<'done' | 'broken'> {
    const target = request.url ?? '/';
    const { router, onRequest } = this.options;
    let exchange: E | undefined;
    onRequest?.();
    try {
      exchange = make(parseTarget(target));
      const { path } = exchange;
      const found = router.find(exchange.method, path);
      if (found.kind === 'unknown') throw notFound({ code: 'page-not-found', message: 'page not found' });
      if (found.kind === 'wrong-method') {
        throw unsupported({
          code: 'method-not-allowed',
          message: `${exchange.method} ${path} is not served; ${found.allowed.join(', ')} is`,
        });
      }
      exchange.params = found.match.params;
      await found.match.handler(exchange);
      return 'done';
    } catch (error) {
      exchange ??= make(parseUnversioned(target));
      return this.#fail(exchange, error);
    } finally {
      onRequest?.();
    }
  }

  #fail(exchange: Exchange, error: unknown): 'done' | 'broken' {
    // Whatever fails because the client has gone has nobody to be told to.
    if (exchange.signal.aborted) return 'broken';
    const { status, message, bug } = failureOf(error);
    const what = `${exchange.method} ${exchange.path}`;
    if (bug) this.options.log.error(`bug: ${what} failed`, error);
    else this.options.log.debug(`${what}: ${status} ${message}`);
    if (exchange.started) return 'broken';
    if (status === 304) exchange.sendEmpty(304);
    else exchange.sendJson(status, { message });
    return 'done';
  }
}

function tlsServer({ ca, cert, key }: TlsIdentity) {
  try {
    return createTlsServer({
      ...TIMES,
      ...{ ca, cert, key, requestCert: true, rejectUnauthorized: true },
      ...{ minVersion: 'TLSv1.2', handshakeTimeout: HANDSHAKE_TIMEOUT },
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid({ code: 'tls-unusable', message: `the certificates or the key cannot be used: ${why}`, cause });
  }
}

function cannotListen(address: string, cause: unknown) {
  if (hasErrno(cause, 'EADDRINUSE')) {
    return conflict({ code: 'address-in-use', message: `another program listens on ${address}`, subject: address });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return invalid({ code: 'address-unusable', message: `cannot listen on ${address}: ${why}`, subject: address, cause });
}
