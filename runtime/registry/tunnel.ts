import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { unavailable } from '../errors.ts';

/**
 * Has a proxy connect us with a server (`CONNECT`, RFC 9110). Errors: EngineError `unavailable` where the proxy refuses,
 * else what Node says of the connection to it.
 */
export function openTunnel(
  proxy: URL,
  target: { readonly host: string; readonly port: string },
  timeout: number,
): Promise<Socket> {
  const authority = `${target.host}:${target.port}`;
  return new Promise((resolve, reject) => {
    const request = (proxy.protocol === 'https:' ? https : http).request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      headers: { Host: authority, ...proxyAuthorization(proxy) },
      agent: false,
      timeout,
    });
    request.once('connect', ({ statusCode, statusMessage }, socket, head) => {
      socket.setTimeout(0);
      if (statusCode === 200) {
        if (head.length > 0) socket.unshift(head);
        resolve(socket as Socket);
        return;
      }
      socket.destroy();
      reject(refused(proxy, authority, `${statusCode} ${statusMessage ?? ''}`.trim()));
    });
    // An answer that is no tunnel.
    request.once('response', (response) => {
      response.destroy();
      reject(refused(proxy, authority, `${response.statusCode} ${response.statusMessage ?? ''}`.trim()));
    });
    request.once('timeout', () => request.destroy(refused(proxy, authority, 'no answer in time')));
    request.once('error', reject);
    request.end();
  });
}

/** What a proxy is told of the user's account with it. */
export function proxyAuthorization({ username, password }: URL): { 'Proxy-Authorization'?: string } {
  if (username === '') return {};
  const account = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(account).toString('base64')}` };
}

function refused(proxy: URL, authority: string, why: string) {
  return unavailable({
    code: 'proxy-refused',
    message: `the proxy ${proxy.host} does not connect to ${authority}: ${why}`,
    subject: proxy.host,
  });
}
