import type { Readable } from 'node:stream';
import { parseChallenges } from '../../core/registry/challenge.ts';
import { ANONYMOUS, type Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { RegistryHosts } from './hosts.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from './http-client.ts';
import { isRefusedConnection, isTransient } from './network-error.ts';
import { type Refusal, readRefusal } from './registry-error.ts';
import { hungUp, retrying } from './retry.ts';
import { basicAuthorization, fetchToken } from './token.ts';

export interface RegistryRequest {
  readonly method?: HttpRequest['method'];
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body anew for each attempt. */
  readonly body?: () => Promise<Readable | Uint8Array>;
  /** Told before each new attempt, with the milliseconds until then. */
  readonly onRetry?: ((delay: number) => void) | undefined;
  /** Whether a broken connection is left to the caller; a busy registry is not. */
  readonly once?: boolean;
}

/** What a connection is for. */
export interface ConnectionPurpose {
  readonly endpoint: Endpoint;
  /** `library/busybox`. */
  readonly repository: string;
  readonly actions?: 'pull' | 'pull,push';
  /** What a token is for, where it is not the repository. */
  readonly scope?: string;
  readonly credentials?: Credentials | undefined;
  /** Milliseconds before each new attempt after a broken connection. */
  readonly delays?: readonly number[] | undefined;
}

/** Speaks to one server about one repository: token or basic authentication, new attempts after broken connections. */
export class RegistryConnection implements Disposable {
  #authorization: string | undefined;
  #wasReached = false;
  readonly #credentials: Credentials;

  private constructor(
    private readonly client: HttpClient,
    /** Of the server, without a slash at its end. */
    readonly base: string,
    private readonly purpose: ConnectionPurpose,
    private readonly scopes: readonly string[],
  ) {
    this.#credentials = purpose.endpoint.isMirror ? ANONYMOUS : (purpose.credentials ?? ANONYMOUS);
    if (this.#credentials.kind === 'bearer') this.#authorization = `Bearer ${this.#credentials.token}`;
  }

  /** Errors: EngineError `cancelled`. */
  static async open(
    hosts: RegistryHosts,
    purpose: ConnectionPurpose,
    signal: AbortSignal,
  ): Promise<RegistryConnection> {
    const client = hosts.open();
    try {
      const base = await hosts.urlOf(purpose.endpoint, client, signal);
      const { repository, actions = 'pull', scope = `repository:${repository}:${actions}` } = purpose;
      return new RegistryConnection(client, base, purpose, [scope]);
    } catch (error) {
      client[Symbol.dispose]();
      throw signal.aborted ? hungUp(signal) : error;
    }
  }

  /** The same for what also needs to read another repository; it ends with this one. */
  alsoReading(repository: string): RegistryConnection {
    return new RegistryConnection(this.client, this.base, this.purpose, [
      ...this.scopes,
      `repository:${repository}:pull`,
    ]);
  }

  get host(): string {
    return new URL(this.base).host;
  }

  /** The URL below `/v2/<repository>/`. */
  url(path: string): string {
    return `${this.base}/v2/${this.purpose.repository}/${path}`;
  }

  /** A URL that the server named in its answer about another; it need not know that it is reached by TLS. */
  resolve(location: string, from: string): string | undefined {
    if (!URL.canParse(location, from)) return undefined;
    const url = new URL(location, from);
    const own = new URL(this.base);
    if (url.host === own.host) url.protocol = own.protocol;
    return url.href;
  }

  /** The next page of a list, where the server has one (OCI distribution-spec, Listing Tags). */
  next({ headers }: HttpAnswer, from: string): string | undefined {
    const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(String(headers.link ?? ''))?.[1];
    const url = link === undefined ? undefined : this.resolve(link, from);
    return url !== undefined && new URL(url).origin === new URL(this.base).origin ? url : undefined;
  }

  /** Sends a request, whatever the answer's status. Errors: EngineError `unavailable`, `unauthorized`, `forbidden`, `cancelled`. */
  async send(url: string, request: RegistryRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const mayPass = (error: unknown): boolean =>
      request.once !== true && (isTransient(error) || (this.#wasReached && isRefusedConnection(error)));
    const { delays } = this.purpose;
    const options = { delays, onRetry: request.onRetry, mayPass };
    const answer = await retrying(url, () => this.#authorized(url, request, signal), options, signal);
    this.#wasReached = true;
    return answer;
  }

  /** Reads why the server refused. */
  refusal(answer: HttpAnswer): Promise<Refusal> {
    return readRefusal(answer, (text) => this.#redact(text));
  }

  /** Hides what proves who we are in what a server says. */
  #redact(text: string): string {
    const secrets = [this.#authorization?.replace(/^\S+ /, '')];
    if (this.#credentials.kind === 'password') secrets.push(this.#credentials.password);
    else if (this.#credentials.kind !== 'none') secrets.push(this.#credentials.token);
    return secrets.reduce<string>((all, each) => (each ? all.replaceAll(each, '***') : all), text);
  }

  async #authorized(url: string, request: RegistryRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const first = await this.#once(url, request, signal);
    if (first.status !== 401) return first;
    const challenges = parseChallenges(first.headers['www-authenticate'] ?? '');
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
    const takesBasic = challenges.some(({ scheme }) => scheme === 'basic');
    if (bearer !== undefined) {
      this.#authorization = `Bearer ${await this.#token(bearer, signal)}`;
    } else if (takesBasic && this.#credentials.kind === 'password') {
      this.#authorization = basicAuthorization(this.#credentials);
    } else {
      return first;
    }
    first.body.destroy();
    return this.#once(url, request, signal);
  }

  #token(challenge: ReadonlyMap<string, string>, signal: AbortSignal): Promise<string> {
    const { delays } = this.purpose;
    const request = { challenge, host: this.host, scopes: this.scopes, credentials: this.#credentials, delays };
    return fetchToken(this.client, request, signal);
  }

  async #once(url: string, request: RegistryRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { method = 'GET', headers, body } = request;
    const target = new URL(url);
    const isOwn = target.origin === new URL(this.base).origin;
    return this.client.request(target, {
      method,
      signal,
      headers: {
        'User-Agent': 'lapstrake',
        ...headers,
        ...(this.#authorization !== undefined && isOwn ? { Authorization: this.#authorization } : {}),
      },
      body: await body?.(),
    });
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
  }
}
