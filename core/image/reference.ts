import { type Digest, parseDigest } from './digest.ts';

/** The name of an image, normalised as Docker does: `busybox` is `docker.io/library/busybox`. */
export interface Reference {
  /** The registry's host and port; `docker.io` for Docker Hub. */
  readonly domain: string;
  /** The repository in the registry: `library/busybox`. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** A reference, or why the text is none, in dockerd's words. */
export type ReferenceResult =
  | { readonly ok: true; readonly reference: Reference }
  | { readonly ok: false; readonly problem: string };

const HUB = 'docker.io';
const DEFAULT_TAG = 'latest';
const LONGEST_NAME = 255;
const DOMAIN =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const ANY_DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const HEX_ID = /^[0-9a-f]{64}$/;

/** Reads a reference as people write it: `busybox`, `localhost:5000/app:v1`, `name@sha256:…` (distribution/reference). */
export function parseReference(text: string): ReferenceResult {
  if (HEX_ID.test(text)) {
    return failed(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const at = text.indexOf('@');
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const { domain, rest } = splitDomain(beforeDigest);
  const colon = rest.indexOf(':');
  const name = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const path = domain === HUB && name !== '' && !name.includes('/') ? `library/${name}` : name;
  if (path !== path.toLowerCase()) {
    return failed(`invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (!DOMAIN.test(domain) || !PATH.test(path) || (tag !== undefined && !TAG.test(tag))) {
    return failed('invalid reference format');
  }
  if (domain.length + 1 + path.length > LONGEST_NAME) {
    return failed(`repository name must not be more than ${LONGEST_NAME} characters`);
  }
  const digestText = at < 0 ? undefined : text.slice(at + 1);
  const digest = digestText === undefined ? undefined : parseDigest(digestText);
  if (digestText !== undefined && digest === undefined) {
    if (!ANY_DIGEST.test(digestText)) return failed('invalid reference format');
    return failed(digestText.startsWith('sha256:') ? 'invalid checksum digest length' : 'unsupported digest algorithm');
  }
  return {
    ok: true,
    reference: {
      domain,
      path,
      ...(tag === undefined ? {} : { tag }),
      ...(digest === undefined ? {} : { digest }),
    },
  };
}

/** The reference with Docker's default tag where it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: DEFAULT_TAG } : reference;
}

/** The repository's full name: `docker.io/library/busybox`. */
export function repositoryName({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** The repository's name as people write it: `busybox`. */
export function familiarName({ domain, path }: Reference): string {
  if (domain !== HUB) return `${domain}/${path}`;
  const official = /^library\/([^/]+)$/.exec(path)?.[1];
  return official ?? path;
}

/** The whole reference with its full name: `docker.io/library/busybox:latest`. */
export function formatReference(reference: Reference): string {
  return repositoryName(reference) + suffix(reference);
}

/** The whole reference as people write it: `busybox:latest`. */
export function familiarReference(reference: Reference): string {
  return familiarName(reference) + suffix(reference);
}

/** Whether the reference names an image on Docker Hub. */
export function isOnHub({ domain }: Reference): boolean {
  return domain === HUB;
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The first part is a registry where it looks like a host: it has a dot or a colon, is `localhost`, or has capitals. */
function splitDomain(name: string): { domain: string; rest: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  if (!isHost) return { domain: HUB, rest: name };
  return { domain: first === 'index.docker.io' ? HUB : first, rest: name.slice(slash + 1) };
}

function failed(problem: string): ReferenceResult {
  return { ok: false, problem };
}
