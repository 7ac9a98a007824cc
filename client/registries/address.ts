import { parseReference } from '../../core/image/reference.ts';

/** What references call Docker Hub. */
export const HUB = 'docker.io';

/** A registry's domain, or why the text names none. */
export type ParsedAddress = { readonly domain: string } | { readonly problem: string };

/** Reads a registry as people write it: `localhost:5000`, `https://registry.example/`, `docker.io`, `index.docker.io`. */
export function parseAddress(text: string): ParsedAddress {
  const host = text
    .trim()
    .replace(/^https?:\/\//i, '')
    .replace(/\/(v[12]\/?)?$/, '')
    .toLowerCase();
  if (host === '') return { problem: 'A host is needed, such as registry.example or localhost:5000.' };
  if (/^(hub\.|index\.|registry-1\.|registry\.)?docker\.(io|com)$/.test(host)) return { domain: HUB };
  const problem = `“${text.trim()}” is not a registry: write its host, such as registry.example or localhost:5000.`;
  if (host.includes('/') || host.includes('@')) return { problem };
  const parsed = parseReference(`${host}/a`);
  const port = Number(/:(\d+)$/.exec(host)?.[1] ?? 1);
  if (!parsed.ok || parsed.reference.domain !== host || port < 1 || port > 65535) return { problem };
  return { domain: host };
}

/** The name to show for a domain. */
export function registryName(domain: string): string {
  return domain === HUB ? 'Docker Hub' : domain;
}

/** Host of the registry API: Docker Hub's is not where its references say. */
export function apiHost(domain: string): string {
  return domain === HUB ? 'registry-1.docker.io' : domain;
}
