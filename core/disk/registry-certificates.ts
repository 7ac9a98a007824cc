import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { isErrno } from './read-ignore.ts';

/** What a user keeps for one registry, all as PEM. */
export interface RegistryCertificates {
  /** The folder that holds it. */
  readonly folder: string;
  /** Authorities beside those of the machine. */
  readonly authorities: readonly string[];
  /** The user's own certificates for mutual TLS. */
  readonly pairs: readonly { readonly cert: string; readonly key: string }[];
}

/** A certificate of the user's has no key beside it. */
export class CertificateKeyMissing extends Error {
  override readonly name = 'CertificateKeyMissing';

  constructor(
    readonly folder: string,
    certificate: string,
    key: string,
  ) {
    super(
      `missing key ${key} for client certificate ${certificate} in ${folder}. CA certificates must use the extension .crt`,
    );
  }
}

/** Environment variables, such as `process.env`. */
type Environment = Readonly<Record<string, string | undefined>>;

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
 * Reads what is kept for a host (`registry.example:5000`) in the first of the folders that has one named after it:
 * authorities as `*.crt`, the user's own certificates as `*.cert` beside their `*.key` (Docker, "Verify repository client
 * with certificates"). Undefined where none has. Errors: CertificateKeyMissing, or those of reading files.
 */
export async function readRegistryCertificates(
  folders: readonly string[],
  host: string,
): Promise<RegistryCertificates | undefined> {
  // What a server names in a redirect becomes the name of a folder here.
  if (!/^[\w[][\w.:[\]-]*$/.test(host)) return undefined;
  for (const each of folders) {
    const folder = join(each, host);
    const names = await listIfThere(folder);
    if (names !== undefined) return readFolder(folder, names.toSorted());
  }
  return undefined;
}

/** The authorities that this machine trusts, as PEM (`SSL_CERT_FILE` first); Node's own where it has no list. */
export async function readSystemAuthorities(env: Environment): Promise<string> {
  const candidates = env.SSL_CERT_FILE ? [env.SSL_CERT_FILE, ...SYSTEM_BUNDLES] : SYSTEM_BUNDLES;
  for (const path of candidates) {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'EISDIR'].some((code) => isErrno(error, code))) throw error;
    }
  }
  return rootCertificates.join('\n');
}

async function readFolder(folder: string, names: readonly string[]): Promise<RegistryCertificates> {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const authorities = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
  const pairs: { cert: string; key: string }[] = [];
  for (const name of names.filter((each) => each.endsWith('.cert'))) {
    const key = name.replace(/\.cert$/, '.key');
    if (!names.includes(key)) throw new CertificateKeyMissing(folder, name, key);
    pairs.push({ cert: await read(name), key: await read(key) });
  }
  return { folder, authorities, pairs };
}

async function listIfThere(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'ENAMETOOLONG'].some((code) => isErrno(error, code))) return undefined;
    throw error;
  }
}
