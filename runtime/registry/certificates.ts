import { createSecureContext, type SecureContext } from 'node:tls';
import {
  CertificateKeyMissing,
  type RegistryCertificates,
  readRegistryCertificates,
  readSystemAuthorities,
} from '../../core/disk/registry-certificates.ts';
import { invalid } from '../errors.ts';
import type { Environment } from './proxy.ts';

/** How a TLS connection to a host is made. */
export interface HostTls {
  readonly context: SecureContext;
  /** Whether the user named the authority that vouches for this host. */
  readonly hasOwnAuthority: boolean;
}

/** Certificates of registries, as `readRegistryCertificates` finds them beside those that the machine trusts. */
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
    const own = await this.#read(host);
    if (own === undefined) {
      this.#plain ??= createSecureContext({ ca: system });
      return { context: this.#plain, hasOwnAuthority: false };
    }
    try {
      const context = createSecureContext({
        ca: [system, ...own.authorities],
        cert: own.pairs.map(({ cert }) => cert),
        key: own.pairs.map(({ key }) => key),
      });
      return { context, hasOwnAuthority: own.authorities.length > 0 };
    } catch (cause) {
      throw invalid({
        code: 'certificates-invalid',
        message: `the certificates in ${own.folder} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
        subject: own.folder,
        cause,
      });
    }
  }

  async #read(host: string): Promise<RegistryCertificates | undefined> {
    try {
      return await readRegistryCertificates(this.folders, host);
    } catch (error) {
      if (!(error instanceof CertificateKeyMissing)) throw error;
      throw invalid({ code: 'certificate-key-missing', message: error.message, subject: error.folder, cause: error });
    }
  }
}
