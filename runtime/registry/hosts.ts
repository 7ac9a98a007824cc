import type { LookupFunction } from 'node:net';
import { mayBePlain } from '../../core/registry/plain-http.ts';
import { isKind } from '../errors.ts';
import { Certificates } from './certificates.ts';
import { type Endpoint, plainMirrors, type RegistrySettings } from './endpoint.ts';
import { HttpClient } from './http-client.ts';
import { isCertificateError } from './network-error.ts';
import { type Environment, proxyFor } from './proxy.ts';

export interface RegistryHostsOptions extends RegistrySettings {
  /** Folders of certificates, as `certificateFolders` names them. */
  readonly certificates: readonly string[];
  /** Proxies and the file of authorities are read from it. */
  readonly env: Environment;
  /** Milliseconds without a byte after which a connection counts as broken; two minutes where undefined. */
  readonly idle?: number | undefined;
  readonly lookup?: LookupFunction | undefined;
}

const IDLE = 120_000;

/** How registries are reached from here: certificates, proxies, and who may be spoken to without TLS. */
export class RegistryHosts {
  readonly #certificates: Certificates;
  readonly #plain: readonly string[];

  constructor(readonly options: RegistryHostsOptions) {
    this.#certificates = new Certificates(options.certificates, options.env);
    this.#plain = [...options.insecureRegistries, ...plainMirrors(options)];
  }

  /** Connections for one piece of work, to be disposed of at its end. */
  open(): HttpClient {
    return this.#open(false);
  }

  /** Connections for files of anybody (ADD of a URL): with TLS as for registries, or without where the URL says so. */
  openForFiles(): HttpClient {
    return this.#open(true);
  }

  #open(plainAnywhere: boolean): HttpClient {
    const { env, idle = IDLE, lookup } = this.options;
    return new HttpClient({
      tls: (host) => this.#certificates.of(host),
      mayBePlain: (host) => mayBePlain(host, this.#plain),
      plainAnywhere,
      proxy: (url) => proxyFor(url, env),
      idle,
      lookup,
    });
  }

  /**
   * The URL by which an endpoint is spoken to: one that may be plain is tried with TLS first, as Docker does it. What
   * keeps it from answering at all shows when it is asked for something.
   */
  async urlOf({ url, mayBePlain: plain }: Endpoint, client: HttpClient, signal: AbortSignal): Promise<string> {
    if (!plain) return url;
    try {
      const answer = await client.request(new URL(`${url}/v2/`), { method: 'GET', signal });
      answer.body.destroy();
      return url;
    } catch (error) {
      signal.throwIfAborted();
      if (isKind(error, 'invalid')) throw error;
      return isCertificateError(error) ? url : url.replace(/^https:/, 'http:');
    }
  }
}
