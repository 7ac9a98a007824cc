import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { unauthorized } from '../errors.ts';
import { readAtMost, readJson } from './answer-body.ts';
import type { Credentials } from './credentials.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import { readRefusal, requestRefused } from './registry-error.ts';
import { retrying } from './retry.ts';

const text = absentAs(z.string(), '');
const TokenAnswer = z.object({ token: text, access_token: text, refresh_token: text });

/** Bytes of the answer that holds a token. */
const MOST_TOKEN = 1 << 20;
/** How we call ourselves before those who give tokens. */
const CLIENT_ID = 'lapstrake';

/** What a token is asked for. */
export interface TokenRequest {
  /** Parameters of the challenge. */
  readonly challenge: ReadonlyMap<string, string>;
  /** Of the registry that asks for a token. */
  readonly host: string;
  /** `repository:library/busybox:pull`; none for a login. */
  readonly scopes: readonly string[];
  readonly credentials: Credentials;
  /** Asks for a token of the account, too, that serves in place of its password. */
  readonly offline?: boolean;
  /** Milliseconds before each new attempt. */
  readonly delays?: readonly number[] | undefined;
}

export interface Tokens {
  readonly token: string;
  /** Empty where there is none. */
  readonly identity: string;
}

/** Changes credentials for a token (distribution, Token Authentication). Errors: EngineError `unauthorized`, `unavailable`. */
export async function fetchToken(client: HttpClient, request: TokenRequest, signal: AbortSignal): Promise<string> {
  return (await fetchTokens(client, request, signal)).token;
}

/** The same with the token of the account where one is given. */
export async function fetchTokens(client: HttpClient, request: TokenRequest, signal: AbortSignal): Promise<Tokens> {
  const realm = request.challenge.get('realm') ?? '';
  if (!URL.canParse(realm) || !/^https?:$/.test(new URL(realm).protocol)) {
    throw unauthorized({
      code: 'registry-challenge-invalid',
      message: `${request.host} asks for a token but does not say where to get one`,
    });
  }
  const { delays } = request;
  const answer = await retrying(realm, () => ask(client, new URL(realm), request, signal), { delays }, signal);
  if (answer.status !== 200) {
    throw requestRefused(await readRefusal(answer, (said) => redact(said, request.credentials)), realm);
  }
  const read = TokenAnswer.safeParse(readJson((await readAtMost(answer, MOST_TOKEN, realm)).toString()));
  const token = read.success ? read.data.token || read.data.access_token : '';
  if (read.success && token !== '') return { token, identity: read.data.refresh_token };
  throw unauthorized({ code: 'registry-token-missing', message: `${new URL(realm).host} gave no token` });
}

async function ask(client: HttpClient, realm: URL, request: TokenRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { credentials } = request;
  if (credentials.kind === 'identity') {
    return post(client, realm, request, { grant_type: 'refresh_token', refresh_token: credentials.token }, signal);
  }
  const url = new URL(realm);
  for (const [name, value] of parametersOf(request)) url.searchParams.append(name, value);
  if (request.offline) {
    url.searchParams.set('offline_token', 'true');
    url.searchParams.set('client_id', CLIENT_ID);
  }
  if (credentials.kind !== 'password') return client.request(url, { method: 'GET', signal });
  const { username, password } = credentials;
  url.searchParams.set('account', username);
  const headers = { Authorization: basicAuthorization(credentials) };
  const answer = await client.request(url, { method: 'GET', headers, signal });
  // Some give tokens by the newer way only.
  if (answer.status !== 404 && answer.status !== 405) return answer;
  answer.body.destroy();
  const access = request.offline ? 'offline' : 'online';
  return post(client, realm, request, { grant_type: 'password', access_type: access, username, password }, signal);
}

function post(
  client: HttpClient,
  realm: URL,
  request: TokenRequest,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const body = new URLSearchParams({ ...form, client_id: CLIENT_ID });
  // One field holds all scopes here (distribution, OAuth2 Token Authentication).
  const scope = request.scopes.join(' ');
  if (scope !== '') body.set('scope', scope);
  const service = request.challenge.get('service');
  if (service !== undefined) body.set('service', service);
  const bytes = Buffer.from(body.toString());
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(bytes.length) };
  return client.request(realm, { method: 'POST', headers, body: bytes, signal });
}

function parametersOf({ challenge, scopes }: TokenRequest): [string, string][] {
  const service = challenge.get('service');
  return [
    ...(service === undefined ? [] : ([['service', service]] as [string, string][])),
    ...scopes.map((scope): [string, string] => ['scope', scope]),
  ];
}

/** The value of an `Authorization` header. */
export function basicAuthorization({ username, password }: { readonly username: string; readonly password: string }) {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function redact(said: string, credentials: Credentials): string {
  const secret =
    credentials.kind === 'password' ? credentials.password : credentials.kind === 'none' ? '' : credentials.token;
  return secret === '' ? said : said.replaceAll(secret, '***');
}
