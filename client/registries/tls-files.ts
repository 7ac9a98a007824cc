import { readRegistryCertificates, readSystemAuthorities } from '../../core/disk/registry-certificates.ts';

/** What a TLS connection is made with beside what the editor gives it, all as PEM. */
export interface TlsFiles {
  readonly ca: string[];
  readonly cert: string[];
  readonly key: string[];
}

/** What the user keeps for a host (`registry.example:5000`); undefined where nothing is kept. Rejects with CertificateKeyMissing. */
export async function readTlsFiles(folders: readonly string[], host: string): Promise<TlsFiles | undefined> {
  const own = await readRegistryCertificates(folders, host);
  if (own === undefined) return undefined;
  return {
    ca: [await readSystemAuthorities(process.env), ...own.authorities],
    cert: own.pairs.map(({ cert }) => cert),
    key: own.pairs.map(({ key }) => key),
  };
}
