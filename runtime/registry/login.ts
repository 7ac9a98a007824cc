import { parseChallenges } from '../../core/registry/challenge.ts';
import { isKind, unauthorized } from '../errors.ts';
import type { Credentials } from './credentials.ts';
import { domainOf } from './credentials.ts';
import { originOf } from './endpoint.ts';
import type { RegistryHosts } from './hosts.ts';
import type { HttpAnswer, HttpClient } from './http-client.ts';
import { readRefusal, requestRefused } from './registry-error.ts';
import { retrying } from './retry.ts';
import { basicAuthorization, fetchTokens } from './token.ts';

/** What a registry says of an account. */
export interface LoggedIn {
  /** A token that serves in place of the password; empty where the registry gives none. */
  readonly identityToken: string;
}

/**
 * Asks a registry whether it knows an account (`POST /auth`). `server` is a domain, or one of docker's names for Docker
 * Hub. Errors: EngineError `unauthorized`, `unavailable` for a registry out of reach.
 */
export async function login(
  hosts: RegistryHosts,
  server: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<LoggedIn> {
  using client = hosts.open();
  const endpoint = originOf(domainOf(server), hosts.options);
  const url = `${await hosts.urlOf(endpoint, client, signal)}/v2/`;
  const first = await ask(client, url, {}, signal);
  first.body.resume();
  if (first.status !== 401) return accepted(first, url, '');
  const challenges = parseChallenges(first.headers['www-authenticate'] ?? '');
  const bearer = challenges.find(({ scheme }) => scheme === 'bearer')?.parameters;
  if (bearer !== undefined) {
    const { token, identity } = await tokens(client, url, bearer, credentials, signal);
    return accepted(await ask(client, url, { Authorization: `Bearer ${token}` }, signal), url, identity);
  }
  if (credentials.kind !== 'password' || !challenges.some(({ scheme }) => scheme === 'basic')) throw wrong(url);
  return accepted(await ask(client, url, { Authorization: basicAuthorization(credentials) }, signal), url, '');
}

async function tokens(
  client: HttpClient,
  url: string,
  challenge: ReadonlyMap<string, string>,
  credentials: Credentials,
  signal: AbortSignal,
) {
  const { host } = new URL(url);
  try {
    return await fetchTokens(client, { challenge, host, scopes: [], credentials, offline: true }, signal);
  } catch (error) {
    // Those who give tokens know the account, or not.
    if (isKind(error, 'unauthorized') && error.code === 'registry-unauthorized') throw wrong(url);
    throw error;
  }
}

function ask(client: HttpClient, url: string, headers: Record<string, string>, signal: AbortSignal) {
  const request = { method: 'GET', headers: { 'User-Agent': 'lapstrake', ...headers }, signal } as const;
  return retrying(url, () => client.request(new URL(url), request), {}, signal);
}

async function accepted(answer: HttpAnswer, url: string, identityToken: string): Promise<LoggedIn> {
  if (answer.status === 200) {
    answer.body.resume();
    return { identityToken };
  }
  if (answer.status === 401 || answer.status === 403) {
    answer.body.resume();
    throw wrong(url);
  }
  throw requestRefused(await readRefusal(answer, (text) => text), url);
}

function wrong(url: string) {
  return unauthorized({
    code: 'login-refused',
    message: `Get "${url}": unauthorized: incorrect username or password`,
    subject: new URL(url).host,
  });
}
