import { CertificateKeyMissing } from '../../core/disk/registry-certificates.ts';
import { parseChallenges } from '../../core/registry/challenge.ts';
import { mayBePlain } from '../../core/registry/plain-http.ts';
import { within } from '../../core/time/within.ts';
import { TokenAnswer } from '../../protocol/registry/token.ts';
import { apiHost } from './address.ts';
import { type Answer, type Ask, BadAnswer, exchange } from './exchange.ts';
import { parseJson, refused } from './refused.ts';
import { RegistryError } from './registry-error.ts';
import { readTlsFiles } from './tls-files.ts';

/** An account at a registry. */
export interface Account {
  readonly username: string;
  readonly password: string;
}

/** What a registry asks of those who come without an account. */
export type Door = 'open' | 'basic' | 'token';

export interface ConnectionOptions {
  /** Hosts that may be spoken to without TLS, beside this machine. */
  readonly plainHosts: readonly string[];
  /** Folders of certificates, as `certificateFolders` names them. */
  readonly certificates: readonly string[];
  /** Milliseconds that one answer may take. */
  readonly patience?: number | undefined;
}

const PATIENCE = 20_000;
const MOST_REDIRECTS = 5;
const MOST_TOKEN = 1 << 20;
/** What Node says where plain HTTP answers a TLS hello. */
const NO_TLS = /^(EPROTO|ERR_SSL_|ECONNRESET|HPE_)/;

/**
 * Speaks to one registry: plain HTTP only where that is allowed, basic or token authentication, redirects without the
 * account. Rejects with RegistryError, or with the signal's reason.
 */
export class RegistryConnection {
  readonly #tokens = new Map<string, string>();
  readonly #plainAllowed: boolean;
  readonly #patience: number;
  #origin: Promise<string> | undefined;
  #basic = false;

  constructor(
    readonly domain: string,
    private readonly account: Account | undefined,
    private readonly options: ConnectionOptions,
  ) {
    this.#plainAllowed = mayBePlain(domain, options.plainHosts);
    this.#patience = options.patience ?? PATIENCE;
  }

  /** Sends a request to a path below the registry's origin (or a whole URL there), logging in where it is asked to. */
  async send(path: string, ask: Ask, signal: AbortSignal): Promise<Answer> {
    const url = new URL(path, await this.#resolveOrigin(signal));
    const place = `${ask.method} ${/^\/v2\/(.*)\/(?:manifests|tags|blobs)\//.exec(url.pathname)?.[1] ?? ''}`;
    const known = this.#basic && this.account !== undefined ? basic(this.account) : this.#tokens.get(place);
    const first = await this.#follow(url, ask, known, signal);
    if (first.status !== 401) return first;
    const authorization = await this.#answerChallenge(first, signal);
    if (authorization === undefined) throw this.#refuseAccount(first);
    if (authorization.startsWith('Bearer ')) this.#tokens.set(place, authorization);
    const second = await this.#follow(url, ask, authorization, signal);
    if (second.status === 401) throw this.#refuseAccount(second);
    return second;
  }

  /** What stands at the door. */
  async door(signal: AbortSignal): Promise<Door> {
    const url = new URL('/v2/', await this.#resolveOrigin(signal));
    const answer = await this.#follow(url, { method: 'GET', headers: {}, limit: MOST_TOKEN }, undefined, signal);
    if (answer.status === 401) {
      const schemes = parseChallenges(answer.headers['www-authenticate'] ?? '').map(({ scheme }) => scheme);
      if (schemes.includes('bearer')) return 'token';
      if (schemes.includes('basic')) return 'basic';
    }
    if (answer.status === 200) return 'open';
    throw refused(answer, this.domain, '/v2/');
  }

  async #answerChallenge(answer: Answer, signal: AbortSignal): Promise<string | undefined> {
    const challenges = parseChallenges(answer.headers['www-authenticate'] ?? '');
    const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
    if (bearer !== undefined) return `Bearer ${await this.#fetchToken(bearer, signal)}`;
    if (this.account === undefined || !challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    this.#basic = true;
    return basic(this.account);
  }

  async #fetchToken(challenge: ReadonlyMap<string, string>, signal: AbortSignal): Promise<string> {
    const text = challenge.get('realm') ?? '';
    const realm = URL.canParse(text) ? new URL(text) : undefined;
    const plain = realm?.protocol === 'http:' && this.#plainAllowed;
    if (realm === undefined || (realm.protocol !== 'https:' && !plain))
      throw new RegistryError('invalid', this.domain, `${this.domain} names no safe place to log in at.`);
    for (const name of ['service', 'scope']) {
      const value = challenge.get(name);
      if (value !== undefined) realm.searchParams.set(name, value);
    }
    if (this.account !== undefined) realm.searchParams.set('account', this.account.username);
    const headers = this.account === undefined ? {} : { Authorization: basic(this.account) };
    const answer = await this.#once(realm, { method: 'GET', headers, limit: MOST_TOKEN }, signal);
    if (answer.status === 401 || answer.status === 403) throw this.#refuseAccount(answer);
    if (answer.status !== 200) throw refused(answer, this.domain, realm.pathname);
    const parsed = TokenAnswer.safeParse(parseJson(answer.body));
    const token = parsed.success ? parsed.data.token || parsed.data.access_token : '';
    if (token !== '') return token;
    throw new RegistryError('invalid', this.domain, `${realm.host} gave no token for ${this.domain}.`);
  }

  /** Goes where redirects lead; the account and its tokens stay at the registry's own origin. */
  async #follow(url: URL, ask: Ask, authorization: string | undefined, signal: AbortSignal): Promise<Answer> {
    let at = url;
    for (let hop = 0; ; hop++) {
      const headers =
        authorization !== undefined && at.origin === url.origin
          ? { ...ask.headers, Authorization: authorization }
          : ask.headers;
      const answer = await this.#once(at, { ...ask, headers }, signal);
      const location = answer.headers.location;
      if (answer.status < 301 || answer.status > 308 || answer.status === 304 || location === undefined) return answer;
      const next = URL.canParse(location, at.href) ? new URL(location, at.href) : undefined;
      const safe = next?.protocol === 'https:' || (next?.protocol === 'http:' && this.#plainAllowed);
      if (next === undefined || !safe || hop === MOST_REDIRECTS || ask.method === 'DELETE')
        throw new RegistryError(
          'invalid',
          this.domain,
          `${this.domain} sends requests elsewhere, where they may not go.`,
        );
      at = next;
    }
  }

  /** The origin of its API: TLS where it answers that, else plain HTTP where that is allowed. */
  async #resolveOrigin(signal: AbortSignal): Promise<string> {
    const host = apiHost(this.domain);
    if (!this.#plainAllowed) return `https://${host}`;
    this.#origin ??= this.#probe(host, signal);
    try {
      return await this.#origin;
    } catch (error) {
      this.#origin = undefined;
      throw error;
    }
  }

  async #probe(host: string, signal: AbortSignal): Promise<string> {
    try {
      await this.#attempt(new URL(`https://${host}/v2/`), { method: 'GET', headers: {}, limit: MOST_TOKEN }, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!NO_TLS.test(codeOf(error))) throw this.#unreachable(error);
      return `http://${host}`;
    }
    return `https://${host}`;
  }

  async #once(url: URL, ask: Ask, signal: AbortSignal): Promise<Answer> {
    try {
      return await this.#attempt(url, ask, signal);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw this.#unreachable(error);
    }
  }

  async #attempt(url: URL, ask: Ask, signal: AbortSignal): Promise<Answer> {
    const late = within(this.#patience, signal);
    // Read each time: after a refusal the user puts the right ones there and tries again.
    const tls = url.protocol === 'https:' ? await readTlsFiles(this.options.certificates, url.host) : undefined;
    return exchange(url, ask, late, tls);
  }

  #unreachable(error: unknown): RegistryError {
    const options = { cause: error };
    if (error instanceof BadAnswer)
      return new RegistryError(
        'invalid',
        this.domain,
        `The answer of ${this.domain} is no good: ${error.message}.`,
        options,
      );
    if (error instanceof CertificateKeyMissing)
      return new RegistryError('invalid', this.domain, `${error.message}.`, options);
    const late = error instanceof Error && error.name === 'TimeoutError';
    const code = codeOf(error);
    const why = late ? `it took longer than ${this.#patience / 1000} s` : (REASONS[code] ?? (code || String(error)));
    const hint = /CERT|SIGNATURE/.test(code) ? '' : NO_TLS.test(code) && !this.#plainAllowed ? PLAIN_HINT : '';
    return new RegistryError('unreachable', this.domain, `${this.domain} does not answer: ${why}.${hint}`, options);
  }

  #refuseAccount(answer: Answer): RegistryError {
    if (this.account === undefined)
      return new RegistryError('unauthorized', this.domain, `${this.domain} wants you to log in.`);
    const denied = /insufficient_scope/.test(answer.headers['www-authenticate'] ?? '');
    return denied
      ? new RegistryError('forbidden', this.domain, `${this.domain} does not let “${this.account.username}” do this.`)
      : new RegistryError('unauthorized', this.domain, `${this.domain} does not accept this user name and password.`);
  }
}

const PLAIN_HINT = ' If it has no TLS, add it to the setting lapstrake.daemon.insecureRegistries.';

const TRUST_HINT =
  'add it to the certificates that this machine trusts, or as ca.crt to the folder of this registry in /etc/docker/certs.d';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ENOTFOUND: 'there is no such host (ENOTFOUND)',
  EAI_AGAIN: 'its name cannot be looked up (EAI_AGAIN)',
  EPROTO: 'it does not speak TLS (EPROTO)',
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is signed by itself; ${TRUST_HINT}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is of an authority that this machine does not trust; ${TRUST_HINT}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate is of an authority that this machine does not trust; ${TRUST_HINT}`,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

function basic({ username, password }: Account): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
