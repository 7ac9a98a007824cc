import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { command } from '../engine/real-daemon.ts';

/** A certificate with its key, in files. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** An authority that nobody else trusts, with what it vouches for: everything in one folder. */
export interface Authority extends AsyncDisposable {
  /** Path of its own certificate. */
  readonly certificate: string;
  /** Vouches for a name (`IP:127.0.0.1`, `DNS:registry.example`). */
  vouch(name: string): Promise<Certificate>;
}

/** Makes an authority with openssl. */
export async function makeAuthority(): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'lapstrake-authority-'));
  const certificate = join(folder, 'ca.crt');
  const key = join(folder, 'ca.key');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  await openssl('req', '-x509', ...curve, '-keyout', key, '-out', certificate, '-subj', '/CN=test authority');
  let count = 0;
  return {
    certificate,
    async vouch(name) {
      const made = { certificate: join(folder, `${++count}.crt`), key: join(folder, `${count}.key`) };
      const signed = ['-CA', certificate, '-CAkey', key, '-addext', `subjectAltName=${name}`];
      const subject = ['-subj', `/CN=${name.replace(/^\w+:/, '')}`, '-addext', 'basicConstraints=critical,CA:FALSE'];
      await openssl('req', '-x509', ...curve, ...signed, ...subject, '-keyout', made.key, '-out', made.certificate);
      return made;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The DER of a certificate, as base64. */
export async function derOf(path: string): Promise<string> {
  const text = await readFile(path, 'utf8');
  return text.replace(/-----[^-]+-----|\s/g, '');
}

async function openssl(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await command('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}
