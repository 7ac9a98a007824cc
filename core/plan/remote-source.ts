/** What ADD fetches instead of copying. */
export type RemoteSource =
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'url'; readonly url: string; readonly fileName: string };

const SCP_LIKE = /^[A-Za-z0-9_-]+@[A-Za-z0-9.-]+:/;
const GIT_SCHEME = /^(?:git|ssh):\/\//;
const HTTP = /^https?:\/\//;

/**
 * Tells a repository (`git@host:path`, `git://`, `ssh://`, a URL whose path ends in `.git`) and any other HTTP URL from
 * a path, as BuildKit does; undefined for a path.
 */
export function remoteSource(source: string): RemoteSource | undefined {
  if (GIT_SCHEME.test(source) || SCP_LIKE.test(source)) return { kind: 'git', url: source };
  if (!HTTP.test(source)) return undefined;
  const path = pathOf(source);
  if (path.endsWith('.git')) return { kind: 'git', url: source };
  const name = path.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return { kind: 'url', url: source, fileName: name === '' ? '__unnamed__' : decode(name) };
}

function pathOf(url: string): string {
  const afterHost = /^https?:\/\/[^/?#]*([^?#]*)/.exec(url)?.[1] ?? '';
  return afterHost;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return name;
    throw error;
  }
}
