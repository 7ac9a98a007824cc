import { isOnHub, type Reference } from '../../core/image/reference.ts';
import { mayBePlain } from '../../core/registry/plain-http.ts';
import { invalid } from '../errors.ts';

/** Where the engine looks for images (flags of `lapstraked`). */
export interface RegistrySettings {
  /** URLs that are asked before Docker Hub, in this order. */
  readonly mirrors: readonly string[];
  /** `host`, `host:port` or IPv4 ranges (`10.0.0.0/8`) that may speak plain HTTP. Loopback always may. */
  readonly insecureRegistries: readonly string[];
}

/** One server that may have an image. */
export interface Endpoint {
  /** Without a slash at its end. */
  readonly url: string;
  /** Whether it stands in for another registry: it then gets no credentials, and the next endpoint is asked where it fails. */
  readonly isMirror: boolean;
  /** Whether plain HTTP is spoken where the server knows no TLS. */
  readonly mayBePlain: boolean;
}

const HUB_HOST = 'registry-1.docker.io';

/** Servers to ask for an image, in this order. Error: EngineError `invalid` for a mirror that is no URL. */
export function endpointsOf(reference: Reference, settings: RegistrySettings): Endpoint[] {
  const origin = originOf(reference.domain, settings);
  if (!isOnHub(reference)) return [origin];
  const mirrors = settings.mirrors.map((mirror): Endpoint => {
    const hasScheme = mirror.includes('://');
    const url = mirrorUrl(mirror);
    return { url, isMirror: true, mayBePlain: !hasScheme && mayBePlain(mirror, settings.insecureRegistries) };
  });
  return [...mirrors, origin];
}

/** The registry of a domain: where images are pushed to, and where accounts are. */
export function originOf(domain: string, settings: RegistrySettings): Endpoint {
  const host = domain === 'docker.io' ? HUB_HOST : domain;
  return { url: `https://${host}`, isMirror: false, mayBePlain: mayBePlain(host, settings.insecureRegistries) };
}

/** Reads `--registry-mirror`: a URL, or a host. */
export function mirrorUrl(text: string): string {
  const address = text.includes('://') ? text : `https://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw invalid({
      code: 'mirror-invalid',
      message: `invalid mirror: '${text}' is not the http or https URL of a registry`,
      subject: text,
    });
  }
  return url.href.replace(/\/+$/, '');
}

/** Hosts of mirrors that the user wants to be spoken to without TLS. */
export function plainMirrors({ mirrors }: RegistrySettings): string[] {
  return mirrors.filter((mirror) => mirror.startsWith('http://')).map((mirror) => new URL(mirror).host);
}
