import { join } from 'node:path';
import {
  CertificateKeyMissing,
  readRegistryCertificates,
  readSystemAuthorities,
} from '../../core/disk/registry-certificates.ts';
import { invalid } from '../errors.ts';
import type { GitAccess } from './git-command.ts';
import { keepFile } from './kept-file.ts';

/**
 * The part of a configuration of git that says whom TLS trusts: the authorities of the engine's environment, and for the
 * address's own host what `certs.d` has, as for registries and URLs. Error: EngineError `invalid`, code
 * `certificate-key-missing`.
 */
export async function tlsSettings(
  remote: string,
  { folder, env, certificates }: Pick<GitAccess, 'folder' | 'env' | 'certificates'>,
): Promise<string> {
  const general = env.SSL_CERT_FILE ? section('http', { sslCAInfo: env.SSL_CERT_FILE }) : '';
  if (!/^https:/i.test(remote) || !URL.canParse(remote)) return general;
  const { host, origin } = new URL(remote);
  const own = await certificatesOf(host, certificates);
  if (own === undefined) return general;
  const values: Record<string, string> = {};
  if (own.authorities.length > 0) {
    const all = [await readSystemAuthorities(env), ...own.authorities].join('\n');
    values.sslCAInfo = await keep(folder, all);
  }
  const [pair] = own.pairs;
  if (pair !== undefined) {
    values.sslCert = await keep(folder, pair.cert);
    values.sslKey = await keep(folder, pair.key);
  }
  return general + section(`http ${quoted(`${origin}/`)}`, values);
}

/** Where somebody would put the authority of an address's host. */
export function certificatesFolderFor(remote: string, folders: readonly string[]): string | undefined {
  const folder = folders.at(-1);
  if (folder === undefined || !/^https:/i.test(remote) || !URL.canParse(remote)) return undefined;
  return join(folder, new URL(remote).host);
}

async function certificatesOf(host: string, folders: readonly string[]) {
  try {
    return await readRegistryCertificates(folders, host);
  } catch (error) {
    if (!(error instanceof CertificateKeyMissing)) throw error;
    throw invalid({ code: 'certificate-key-missing', message: error.message, subject: error.folder, cause: error });
  }
}

function keep(folder: string, pem: string): Promise<string> {
  return keepFile(folder, pem, '.pem');
}

function section(name: string, values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(([key, value]) => `\t${key} = ${quoted(value)}\n`);
  return lines.length === 0 ? '' : `[${name}]\n${lines.join('')}`;
}

/** As git's configuration writes text (git-config, Syntax). */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
