import { isOnHub, type Reference } from '../../core/image/reference.ts';
import { mayBePlain } from '../../core/registry/plain-http.ts';
import { invalid } from '../errors.ts';

/** Where the engine looks for images (flags of `lapstraked`). */
export interface RegistrySettings {
  /** URLs that are asked before Docker Hub, in this order. */
  readonly mirrors: readonly string[];
  /** `host`, `host:port` or IPv4 ranges (`10.0.0.0/8`) that speak plain HTTP. Loopback always may. */
  readonly insecureRegistries: readonly string[];
}

/** One server that may have an image. */
export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  /** Whether it stands in for another registry: it then gets no credentials, and the next endpoint is asked where it fails. */
  readonly isMirror: boolean;
}

const HUB_URL = 'https://registry-1.docker.io';

/** Servers to ask for an image, in this order. Error: EngineError `invalid` for a mirror that is no URL. */
export function endpointsOf(reference: Reference, settings: RegistrySettings): Endpoint[] {
  if (!isOnHub(reference)) return [{ url: registryUrl(reference.domain, settings), isMirror: false }];
  const mirrors = settings.mirrors.map((mirror) => ({ url: mirrorUrl(mirror, settings), isMirror: true }));
  return [...mirrors, { url: HUB_URL, isMirror: false }];
}

/** The registry to which an image is pushed. */
export function originOf(reference: Reference, settings: RegistrySettings): Endpoint {
  return { url: isOnHub(reference) ? HUB_URL : registryUrl(reference.domain, settings), isMirror: false };
}

/** Reads `--registry-mirror`: a URL, or a host. */
export function mirrorUrl(text: string, settings: RegistrySettings): string {
  if (!text.includes('://')) return registryUrl(text, settings);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw invalid({
      code: 'mirror-invalid',
      message: `invalid mirror: '${text}' is not the http or https URL of a registry`,
      subject: text,
    });
  }
  return url.href.replace(/\/+$/, '');
}

function registryUrl(domain: string, settings: RegistrySettings): string {
  return `${mayBePlain(domain, settings.insecureRegistries) ? 'http' : 'https'}://${domain}`;
}
