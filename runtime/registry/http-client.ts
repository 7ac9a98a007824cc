import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import { mayBePlain } from '../../core/registry/plain-http.ts';
import { forbidden, unavailable } from '../errors.ts';
import type { HostTls } from './certificates.ts';
import { openTunnel, proxyAuthorization } from './tunnel.ts';

/** What a client knows of the servers that it speaks to. */
export interface HttpClientOptions {
  /** Certificates for a host (`registry.example:5000`). */
  readonly tls: (host: string) => Promise<HostTls>;
  /** Whether a host may be spoken to without TLS, or without anybody vouching for it. */
  readonly mayBePlain: (host: string) => boolean;
  /** Speaks plain HTTP with whoever is asked for by it. */
  readonly plainAnywhere?: boolean | undefined;
  readonly proxy: (url: URL) => URL | undefined;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly idle: number;
  readonly lookup?: LookupFunction | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | Uint8Array | undefined;
  readonly signal: AbortSignal;
}

/** A server's answer; whoever gets it reads its body to the end or destroys it. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

const MOST_REDIRECTS = 10;

/**
 * Speaks HTTP with servers over connections of its own, which disposing of it ends. Redirects are followed where nothing
 * is sent; other servers are not told what proves who we are. Errors: what Node says of broken connections; EngineError
 * `forbidden` with code `plain-http-refused`.
 */
export class HttpClient implements Disposable {
  readonly #agents = new Map<string, http.Agent>();

  constructor(private readonly options: HttpClientOptions) {}

  async request(start: URL, request: HttpRequest): Promise<HttpAnswer> {
    let url = start;
    let headers = request.headers ?? {};
    for (let followed = 0; ; followed++) {
      const message = await this.#once(url, { ...request, headers });
      const next = request.body === undefined ? redirection(url, request.method, message) : undefined;
      if (next === undefined) {
        const { statusCode = 0, statusMessage = '' } = message;
        return { status: statusCode, statusText: statusMessage, headers: message.headers, body: message };
      }
      message.destroy();
      if (followed === MOST_REDIRECTS) {
        throw unavailable({ code: 'redirects-without-end', message: `${start.host} redirects without an end` });
      }
      if (isThisMachine(next) && !isThisMachine(url)) throw turnedInwards(url, next);
      if (next.origin !== url.origin) headers = withoutAuthorization(headers);
      url = next;
    }
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #once(url: URL, { method, headers, body, signal }: HttpRequest): Promise<IncomingMessage> {
    signal.throwIfAborted();
    const { mayBePlain, plainAnywhere } = this.options;
    if (url.protocol === 'http:' && plainAnywhere !== true && !mayBePlain(url.host)) throw plainRefused(url);
    const proxy = this.options.proxy(url);
    const agent = await this.#agentOf(url, proxy);
    const throughProxy = proxy !== undefined && url.protocol === 'http:';
    const target = throughProxy ? proxy : url;
    const request = (target.protocol === 'https:' ? https : http).request({
      host: target.hostname.replace(/^\[|\]$/g, ''),
      port: target.port || undefined,
      method,
      path: throughProxy ? `${url.origin}${url.pathname}${url.search}` : url.pathname + url.search,
      headers: { Host: url.host, ...headers, ...(throughProxy ? proxyAuthorization(proxy) : {}) },
      agent,
      signal,
      timeout: this.options.idle,
      lookup: this.options.lookup,
    });
    return new Promise((resolve, reject) => {
      let answer: IncomingMessage | undefined;
      request.once('timeout', () => (answer ?? request).destroy(stalled(url)));
      request.once('response', (message) => {
        answer = message;
        resolve(message);
      });
      // After the answer, a broken connection shows where its body is read.
      request.on('error', reject);
      if (body === undefined || body instanceof Uint8Array) request.end(body);
      else pipeline(body, request).catch(reject);
    });
  }

  async #agentOf(url: URL, proxy: URL | undefined): Promise<http.Agent> {
    const key = `${proxy?.href ?? ''} ${url.origin}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const made = await this.#makeAgent(url, proxy);
    const first = this.#agents.get(key);
    if (first !== undefined) return first;
    this.#agents.set(key, made);
    return made;
  }

  async #makeAgent(url: URL, proxy: URL | undefined): Promise<http.Agent> {
    const keep = { keepAlive: true, timeout: this.options.idle };
    if (url.protocol === 'http:') return proxy?.protocol === 'https:' ? new https.Agent(keep) : new http.Agent(keep);
    const { context, hasOwnAuthority } = await this.options.tls(url.host);
    const tls = { secureContext: context, rejectUnauthorized: hasOwnAuthority || !this.options.mayBePlain(url.host) };
    if (proxy === undefined) return new https.Agent({ ...keep, ...tls });
    return new TunnelAgent({ ...keep, ...tls }, url, () =>
      openTunnel(proxy, { host: url.hostname, port: url.port || '443' }, this.options.idle),
    );
  }
}

/** Makes its connections through a proxy. */
class TunnelAgent extends https.Agent {
  constructor(
    private readonly tls: https.AgentOptions,
    private readonly url: URL,
    private readonly open: () => Promise<Socket>,
  ) {
    super(tls);
  }

  override createConnection(
    _options: unknown,
    done?: (error: Error | null, stream: Socket) => void,
  ): ReturnType<https.Agent['createConnection']> {
    const name = this.url.hostname.replace(/^\[|\]$/g, '');
    this.open().then(
      (socket) => done?.(null, connectTls({ ...this.tls, socket, ...(isIP(name) === 0 ? { servername: name } : {}) })),
      (error: Error) => done?.(error, undefined as never),
    );
    return undefined;
  }
}

/** Where an answer sends us; undefined where it is to be taken as it is. */
function redirection(url: URL, method: string, { statusCode = 0, headers }: IncomingMessage): URL | undefined {
  const reads = method === 'GET' || method === 'HEAD';
  const redirects = reads ? [301, 302, 303, 307, 308] : [307, 308];
  const { location } = headers;
  if (!redirects.includes(statusCode) || location === undefined || !URL.canParse(location, url.href)) return undefined;
  const next = new URL(location, url);
  return /^https?:$/.test(next.protocol) ? next : undefined;
}

function withoutAuthorization(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'));
}

function isThisMachine({ host }: URL): boolean {
  return mayBePlain(host, []);
}

/** What listens on this machine alone trusts that nobody else reaches it. */
function turnedInwards({ host }: URL, next: URL) {
  return forbidden({
    code: 'redirect-refused',
    message: `refusing to follow ${host} to ${next.host}, which is this machine`,
    subject: host,
  });
}

function plainRefused({ host }: URL) {
  return forbidden({
    code: 'plain-http-refused',
    message: `refusing to speak plain HTTP with ${host}: start the engine with --insecure-registry ${host} to allow it`,
    subject: host,
    remedies: [`Start the engine with --insecure-registry ${host}`],
  });
}

/** A connection that is silent is as good as a broken one. */
function stalled({ host }: URL): Error {
  return Object.assign(new Error(`${host} does not answer`), { code: 'ETIMEDOUT' });
}
