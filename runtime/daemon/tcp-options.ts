import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Surroundings } from '../../protocol/engine-address.ts';
import type { TcpAddress, TlsIdentity } from '../api/server.ts';
import { invalid } from '../errors.ts';
import { bad } from './bad-option.ts';

/** Where a daemon listens over TCP, and the absolute paths of what it needs for that. */
export interface TcpOptions {
  readonly addresses: readonly TcpAddress[];
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** As they were given. */
interface TlsValues {
  readonly tlscacert?: string | undefined;
  readonly tlscert?: string | undefined;
  readonly tlskey?: string | undefined;
}

/** dockerd's port for TLS. */
const DEFAULT_PORT = 2376;

/** Reads the `tcp://` ones of `hosts`; undefined where there are none. Files lie where dockerd looks for them, unless named. */
export function parseTcp(
  hosts: readonly string[],
  { tlscacert, tlscert, tlskey }: TlsValues,
  { env, home }: Surroundings,
): TcpOptions | undefined {
  const addresses = hosts.filter((host) => host.startsWith('tcp://')).map(tcpAddress);
  if (addresses.length === 0) return undefined;
  const folder = env.DOCKER_CERT_PATH || join(home, '.docker');
  return {
    addresses,
    ca: resolve(tlscacert ?? join(folder, 'ca.pem')),
    cert: resolve(tlscert ?? join(folder, 'cert.pem')),
    key: resolve(tlskey ?? join(folder, 'key.pem')),
  };
}

/** Reads the files. Error: EngineError `invalid`, code `tls-file-unreadable`: nobody is served without certificates. */
export async function readTlsIdentity({ ca, cert, key }: TcpOptions): Promise<TlsIdentity> {
  // One after the other: where all are missing, it is always the same one that is named.
  return { ca: await read('--tlscacert', ca), cert: await read('--tlscert', cert), key: await read('--tlskey', key) };
}

async function read(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw invalid({
      code: 'tls-file-unreadable',
      message: `tcp:// is served with certificates on both sides only, and ${option} cannot be read: ${why}`,
      subject: path,
      remedies: [`Name the file with ${option}`, 'Leave out the tcp:// address'],
      cause,
    });
  }
}

function tcpAddress(text: string): TcpAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const rest = url && `${url.pathname}${url.search}${url.hash}${url.username}${url.password}`;
  if (url === undefined || url.hostname === '' || (rest !== '' && rest !== '/')) {
    throw bad('--host', `tcp://HOST:PORT is wanted, not ${text}`);
  }
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
}
