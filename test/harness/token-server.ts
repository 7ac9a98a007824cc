import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Certificate, derOf } from './authority.ts';

/** Gives tokens for a registry that trusts its certificate (distribution, Token Authentication). */
export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  /** What it was asked, newest last: `GET basic repository:team/app:pull`. */
  readonly asked: readonly string[];
}

export const SERVICE = 'test registry';
export const ISSUER = 'test issuer';
/** What the account `ann` is given in place of her password. */
export const IDENTITY = 'ann-identity-token';

/**
 * Starts one that knows the account `ann` with the password `secret`: she may do all, whoever has no account may pull what
 * is below `open/`.
 */
export async function startTokenServer(own: Certificate): Promise<TokenServer> {
  const asked: string[] = [];
  const key = await readFile(own.key, 'utf8');
  const chain = [await derOf(own.certificate)];
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    let form = url.searchParams;
    if (request.method === 'POST') {
      const parts: Buffer[] = [];
      for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
      form = new URLSearchParams(Buffer.concat(parts).toString());
    }
    const basic = request.headers.authorization;
    const how = form.has('grant_type') ? form.get('grant_type') : basic === undefined ? 'nobody' : 'basic';
    const scopes = form.getAll('scope').flatMap((each) => each.split(' '));
    asked.push([request.method, how, ...scopes].join(' '));
    const isAnn = basic === `Basic ${btoa('ann:secret')}` || form.get('refresh_token') === IDENTITY;
    if (!isAnn && how !== 'nobody') {
      response.writeHead(401, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }));
      return;
    }
    const access = scopes.flatMap((scope) => accessOf(scope, isAnn));
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: ISSUER,
      sub: isAnn ? 'ann' : '',
      aud: SERVICE,
      exp: now + 300,
      nbf: now - 10,
      iat: now,
      jti: String(asked.length),
      access,
    };
    const head = { typ: 'JWT', alg: 'ES256', x5c: chain };
    const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = createSign('SHA256').update(text).sign({ key, dsaEncoding: 'ieee-p1363' }, 'base64url');
    const offline = url.searchParams.get('offline_token') === 'true' && isAnn ? { refresh_token: IDENTITY } : {};
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ token: `${text}.${signature}`, ...offline }));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    realm: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function accessOf(scope: string, isAnn: boolean): { type: string; name: string; actions: string[] }[] {
  const [, type = '', name = '', actions = ''] = /^(\w+):(.+):([\w,*]+)$/.exec(scope) ?? [];
  const wanted = actions.split(',');
  const granted = isAnn ? wanted : wanted.filter((action) => action === 'pull' && name.startsWith('open/'));
  return granted.length === 0 ? [] : [{ type, name, actions: granted }];
}
