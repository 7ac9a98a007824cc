import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { parseChallenges } from '../../core/registry/challenge.ts';
import { cancelled, unauthorized } from '../errors.ts';
import { ANONYMOUS, type Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { isTransient, readAtMost, readJson, readRefusal, requestRefused, unreachable } from './registry-error.ts';

const TokenAnswer = z.object({ token: absentAs(z.string(), ''), access_token: absentAs(z.string(), '') });

/** Bytes of the answer that holds a token. */
const MOST_TOKEN = 1 << 20;

/** Milliseconds before each new attempt. */
const DELAYS = [250, 1000, 3000];

export interface RegistryRequest {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT';
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes the body anew for each attempt. */
  readonly body?: () => Promise<ReadableStream<Uint8Array> | Uint8Array>;
}

/** Speaks to one server about one repository: token or basic authentication, new attempts after broken connections. */
export class RegistryConnection {
  #authorization: string | undefined;
  readonly #credentials: Credentials;

  constructor(
    readonly endpoint: Endpoint,
    /** `library/busybox`. */
    readonly repository: string,
    credentials: Credentials,
    private readonly actions: 'pull' | 'pull,push',
    private readonly delays: readonly number[] = DELAYS,
  ) {
    this.#credentials = endpoint.isMirror ? ANONYMOUS : credentials;
    if (this.#credentials.kind === 'bearer') this.#authorization = `Bearer ${this.#credentials.token}`;
  }

  /** The URL below `/v2/<repository>/`. */
  url(path: string): string {
    return `${this.endpoint.url}/v2/${this.repository}/${path}`;
  }

  /** Sends a request, whatever the answer's status. Errors: EngineError `unavailable` or `unauthorized`. */
  async send(url: string, request: RegistryRequest, signal: AbortSignal): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const delay = this.delays[attempt];
      try {
        const response = await this.#authorized(url, request, signal);
        const mayRetry = response.status === 429 || response.status >= 500;
        if (!mayRetry || delay === undefined) return response;
        await response.body?.cancel();
        await sleep(Math.max(delay, retryAfter(response)), undefined, { signal });
      } catch (error) {
        if (signal.aborted) throw hungUp(signal);
        if (!(error instanceof TypeError)) throw error;
        if (delay === undefined || !isTransient(error)) throw unreachable(url, error);
        await sleep(delay, undefined, { signal });
      }
    }
  }

  async #authorized(url: string, request: RegistryRequest, signal: AbortSignal): Promise<Response> {
    const first = await this.#once(url, request, signal);
    if (first.status !== 401) return first;
    const challenges = parseChallenges(first.headers.get('www-authenticate') ?? '');
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
    const takesBasic = challenges.some(({ scheme }) => scheme === 'basic');
    if (bearer !== undefined) this.#authorization = `Bearer ${await this.#token(bearer, signal)}`;
    else if (takesBasic && this.#credentials.kind === 'password') this.#authorization = basic(this.#credentials);
    else return first;
    await first.body?.cancel();
    return this.#once(url, request, signal);
  }

  async #once(url: string, { method = 'GET', headers, body }: RegistryRequest, signal: AbortSignal): Promise<Response> {
    const isOwn = new URL(url).origin === new URL(this.endpoint.url).origin;
    return fetch(url, {
      method,
      signal,
      headers: {
        'User-Agent': 'lapstrake',
        ...headers,
        ...(this.#authorization !== undefined && isOwn ? { Authorization: this.#authorization } : {}),
      },
      ...(body === undefined ? {} : { body: await body(), duplex: 'half' }),
    });
  }

  /** Changes the credentials for a token of this repository (distribution, Token Authentication). */
  async #token(challenge: ReadonlyMap<string, string>, signal: AbortSignal): Promise<string> {
    const realm = challenge.get('realm') ?? '';
    if (!URL.canParse(realm) || !/^https?:$/.test(new URL(realm).protocol)) {
      throw unauthorized({
        code: 'registry-challenge-invalid',
        message: `${new URL(this.endpoint.url).host} asks for a token but does not say where to get one`,
      });
    }
    const parameters = new URLSearchParams({ scope: `repository:${this.repository}:${this.actions}` });
    const service = challenge.get('service');
    if (service !== undefined) parameters.set('service', service);
    const response = await this.#askForToken(new URL(realm), parameters, signal);
    if (!response.ok) throw requestRefused(await readRefusal(response), realm);
    const answer = TokenAnswer.safeParse(readJson((await readAtMost(response, MOST_TOKEN, realm)).toString()));
    const token = answer.success ? answer.data.token || answer.data.access_token : '';
    if (token !== '') return token;
    throw unauthorized({ code: 'registry-token-missing', message: `${new URL(realm).host} gave no token` });
  }

  #askForToken(realm: URL, parameters: URLSearchParams, signal: AbortSignal): Promise<Response> {
    const credentials = this.#credentials;
    if (credentials.kind === 'identity') {
      parameters.set('grant_type', 'refresh_token');
      parameters.set('client_id', 'lapstrake');
      parameters.set('refresh_token', credentials.token);
      return fetch(realm, { method: 'POST', body: parameters, signal });
    }
    for (const [name, value] of parameters) realm.searchParams.set(name, value);
    return fetch(realm, {
      signal,
      headers: credentials.kind === 'password' ? { Authorization: basic(credentials) } : {},
    });
  }
}

function basic({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Milliseconds that the server wants us to wait, a minute at most. */
function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 0);
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), 60) * 1000 : 0;
}

function hungUp(signal: AbortSignal): Error {
  return cancelled({ code: 'registry-cancelled', message: 'the transfer was cancelled', cause: signal.reason });
}
