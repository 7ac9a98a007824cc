import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import type { Environment } from './proxy.ts';

/** How a TLS connection to a host is made. */
export interface HostTls {
  readonly context: SecureContext;
  /** Whether the user named the authority that vouches for this host. */
  readonly hasOwnAuthority: boolean;
}

/** Where systems keep all the authorities that they trust, in one file. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** Folders in which users put the certificates of registries, as dockerd has them: their own, then the machine's. */
export function certificateFolders(env: Environment, home: string): string[] {
  return [join(env.XDG_CONFIG_HOME || join(home, '.config'), 'docker', 'certs.d'), '/etc/docker/certs.d'];
}

/**
 * Certificates of registries: below each folder one named `HOST` or `HOST:PORT`, with authorities as `*.crt` and the
 * user's own certificates as `*.cert` beside their `*.key`.
 */
export class Certificates {
  #system: Promise<string> | undefined;
  #plain: SecureContext | undefined;

  constructor(
    private readonly folders: readonly string[],
    private readonly env: Environment,
  ) {}

  /** What is to be used with a host (`registry.example:5000`). Error: EngineError `invalid` for files that are no certificates. */
  async of(host: string): Promise<HostTls> {
    this.#system ??= readSystemAuthorities(this.env);
    const system = await this.#system;
    const folder = await this.#folderOf(host);
    if (folder === undefined) {
      this.#plain ??= createSecureContext({ ca: system });
      return { context: this.#plain, hasOwnAuthority: false };
    }
    const { ca, pairs } = await readFolder(folder.path, folder.names);
    try {
      const context = createSecureContext({
        ca: [system, ...ca],
        cert: pairs.map(({ cert }) => cert),
        key: pairs.map(({ key }) => key),
      });
      return { context, hasOwnAuthority: ca.length > 0 };
    } catch (cause) {
      throw invalid({
        code: 'certificates-invalid',
        message: `the certificates in ${folder.path} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        subject: folder.path,
        cause,
      });
    }
  }

  async #folderOf(host: string): Promise<{ path: string; names: string[] } | undefined> {
    // What a server names in a redirect becomes the name of a folder here.
    if (!/^[\w[][\w.:[\]-]*$/.test(host)) return undefined;
    for (const each of this.folders) {
      const path = join(each, host);
      const names = await listIfThere(path);
      if (names !== undefined) return { path, names: names.sort() };
    }
    return undefined;
  }
}

async function readFolder(folder: string, names: readonly string[]) {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const ca = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
  const pairs: { cert: string; key: string }[] = [];
  for (const name of names.filter((each) => each.endsWith('.cert'))) {
    const key = name.replace(/\.cert$/, '.key');
    if (!names.includes(key)) {
      throw invalid({
        code: 'certificate-key-missing',
        message: `missing key ${key} for client certificate ${name} in ${folder}. CA certificates must use the extension .crt`,
        subject: folder,
      });
    }
    pairs.push({ cert: await read(name), key: await read(key) });
  }
  return { ca, pairs };
}

/** The authorities that this machine trusts, as PEM; Node's own where it has no list. */
async function readSystemAuthorities(env: Environment): Promise<string> {
  const candidates = env.SSL_CERT_FILE ? [env.SSL_CERT_FILE, ...SYSTEM_BUNDLES] : SYSTEM_BUNDLES;
  for (const path of candidates) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'EACCES', 'EISDIR')) throw error;
    }
  }
  return rootCertificates.join('\n');
}

async function listIfThere(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG')) return undefined;
    throw error;
  }
}
