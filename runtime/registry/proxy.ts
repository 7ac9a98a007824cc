import { BlockList, isIP } from 'node:net';
import { invalid } from '../errors.ts';

/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The proxy through which a URL is to be reached; undefined for none. `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` as
 * Docker reads them, capital or not; this machine itself is never asked for through a proxy.
 * Error: EngineError `invalid` for a proxy that is no http or https URL.
 */
export function proxyFor(url: URL, env: Environment): URL | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const text = read(env, name);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (text === '' || isThisMachine(host)) return undefined;
  if (isExcepted(host, portOf(url), read(env, 'NO_PROXY'))) return undefined;
  const address = text.includes('://') ? text : `http://${text}`;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return new URL(address);
  // The value may hold a password: it is not repeated.
  throw invalid({ code: 'proxy-invalid', message: `${name} is not the http or https URL of a proxy`, subject: name });
}

function read(env: Environment, name: string): string {
  return (env[name] || env[name.toLowerCase()] || '').trim();
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** `NO_PROXY`: names with all that is below them, `.names` without themselves, addresses, ranges, each with a port or not; `*` for all. */
function isExcepted(host: string, port: string, list: string): boolean {
  return list
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '')
    .some((each) => each === '*' || matches(host.toLowerCase(), port, each));
}

function matches(host: string, port: string, pattern: string): boolean {
  if (pattern.includes('/')) return isInRange(host, pattern);
  const [, name = '', wantedPort] = /^(\[[^\]]*\]|[^:]*|.*::.*?)(?::(\d+))?$/.exec(pattern) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const bare = name.replace(/^\[|\]$/g, '');
  if (isIP(bare) !== 0) return host === bare;
  if (bare.startsWith('*.')) return host.endsWith(bare.slice(1));
  if (bare.startsWith('.')) return host.endsWith(bare);
  return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
}

function isInRange(host: string, range: string): boolean {
  const [network = '', bits = ''] = range.split('/');
  const version = isIP(network);
  if (version === 0 || isIP(host) !== version || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), family);
  return list.check(host, family);
}
