import { createHash } from 'node:crypto';
import { parseImageConfig } from '../../core/image/config.ts';
import { type Descriptor, parseManifest } from '../../core/image/manifest.ts';
import { MANIFEST_TYPES } from '../../core/image/media-types.ts';
import { parseReference } from '../../core/image/reference.ts';
import { Catalog, TagList } from '../../protocol/registry/lists.ts';
import type { RegistryConnection } from './connection.ts';
import type { Answer } from './exchange.ts';
import { PAGE_SIZE, type Page } from './pager.ts';
import { parseJson, refused } from './refused.ts';
import { RegistryError } from './registry-error.ts';

/** OCI distribution-spec, Pulling manifests: a client should take 4 MiB at least. */
const MOST_MANIFEST = 4 << 20;
const MOST_CONFIG = 8 << 20;
const MOST_LIST = 16 << 20;
const ACCEPT = { Accept: MANIFEST_TYPES.join(', ') };

/** A manifest as the registry has it. */
export interface StoredManifest {
  /** Of its bytes, not what the registry says. */
  readonly digest: string;
  readonly mediaType: string;
  readonly text: string;
}

/** What a tag stands for. */
export interface TagDetails {
  readonly digest: string;
  /** Bytes to be transferred: config and layers, compressed; of several platforms, that of this machine or the first. */
  readonly size: number;
  /** RFC 3339; undefined where the image does not say. */
  readonly created: string | undefined;
  /** `linux/amd64`; more than one for an index. */
  readonly platforms: readonly string[];
  readonly layers: number;
}

/** What can be asked of a registry (OCI distribution-spec; Docker Registry HTTP API V2). Rejects with RegistryError. */
export class Registry {
  constructor(private readonly connection: RegistryConnection) {}

  get domain(): string {
    return this.connection.domain;
  }

  /** One page of its repositories. */
  async repositories(next: string | undefined, signal: AbortSignal): Promise<Page> {
    const path = next ?? `/v2/_catalog?n=${PAGE_SIZE}`;
    let answer: Answer;
    try {
      answer = await this.#get(path, {}, MOST_LIST, signal);
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      // With an account the door is open: what is refused then is the list.
      const hidden = error.problem === 'forbidden' || error.problem === 'not-found' || error.problem === 'invalid';
      throw hidden ? this.#noCatalog(error) : error;
    }
    const parsed = Catalog.safeParse(parseJson(answer.body));
    if (!parsed.success) throw this.#noCatalog(parsed.error);
    const names = parsed.data.repositories.filter((name) => isReference(`${this.domain}/${name}`));
    return { items: names, next: nextPath(answer, path) };
  }

  /** One page of a repository's tags. */
  async tags(repository: string, next: string | undefined, signal: AbortSignal): Promise<Page> {
    const path = next ?? `/v2/${repository}/tags/list?n=${PAGE_SIZE}`;
    const answer = await this.#get(path, {}, MOST_LIST, signal);
    const parsed = TagList.safeParse(parseJson(answer.body));
    if (!parsed.success) throw this.#invalid(`the list of tags of ${repository}`);
    const tags = parsed.data.tags.filter((tag) => isReference(`${this.domain}/a:${tag}`));
    return { items: tags, next: nextPath(answer, path) };
  }

  /** The digest that a tag stands for, as the registry says; undefined where there is no such tag. */
  async digestOf(repository: string, reference: string, signal: AbortSignal): Promise<string | undefined> {
    const path = `/v2/${repository}/manifests/${reference}`;
    const answer = await this.connection.send(path, { method: 'HEAD', headers: ACCEPT, limit: MOST_MANIFEST }, signal);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(answer, this.domain, path);
    const digest = answer.headers['docker-content-digest'];
    return typeof digest === 'string' ? digest : (await this.manifest(repository, reference, signal)).digest;
  }

  /** The manifest of a tag or digest. */
  async manifest(repository: string, reference: string, signal: AbortSignal): Promise<StoredManifest> {
    const answer = await this.#get(`/v2/${repository}/manifests/${reference}`, ACCEPT, MOST_MANIFEST, signal);
    const digest = `sha256:${createHash('sha256').update(answer.body).digest('hex')}`;
    if (reference.startsWith('sha256:') && reference !== digest) throw this.#invalid(`the manifest ${reference}`);
    return { digest, mediaType: answer.headers['content-type'] ?? '', text: answer.body.toString('utf8') };
  }

  /** What a tag stands for: its manifest, and the config of one platform. `architecture` is this machine's, in Go's words. */
  async details(repository: string, tag: string, architecture: string, signal: AbortSignal): Promise<TagDetails> {
    const top = await this.manifest(repository, tag, signal);
    const parsed = parseManifest(parseJson(Buffer.from(top.text)), top.mediaType);
    if (!parsed.ok) throw this.#invalid(`the manifest of ${repository}:${tag}: ${parsed.problems[0]}`);
    const { digest } = top;
    if (parsed.value.kind === 'manifest') {
      const { config, layers } = parsed.value;
      const { created, platform } = await this.#config(repository, config, signal);
      return { digest, size: sizeOf([config, ...layers]), created, platforms: [platform], layers: layers.length };
    }
    const images = parsed.value.manifests.filter(({ platform }) => platform?.os !== 'unknown');
    const own = images.find(({ platform }) => platform?.architecture === architecture) ?? images[0];
    const platforms = images.map(({ platform }) => platformText(platform));
    if (own === undefined) return { digest, size: 0, created: undefined, platforms, layers: 0 };
    return { ...(await this.details(repository, own.digest, architecture, signal)), digest, platforms };
  }

  /** Deletes a manifest by its digest, and with it every tag that stands for it. */
  async delete(repository: string, digest: string, signal: AbortSignal): Promise<void> {
    const path = `/v2/${repository}/manifests/${digest}`;
    const answer = await this.connection.send(path, { method: 'DELETE', headers: {}, limit: MOST_MANIFEST }, signal);
    if (answer.status === 202 || answer.status === 200 || answer.status === 204) return;
    if (answer.status === 405 || answer.status === 400)
      throw new RegistryError(
        'not-deletable',
        this.domain,
        `${this.domain} does not allow images to be deleted: it is set up to keep what it has.`,
      );
    throw refused(answer, this.domain, path);
  }

  async #config(repository: string, { digest }: Descriptor, signal: AbortSignal) {
    const answer = await this.#get(`/v2/${repository}/blobs/${digest}`, {}, MOST_CONFIG, signal);
    if (digest !== `sha256:${createHash('sha256').update(answer.body).digest('hex')}`)
      throw this.#invalid(`the config ${digest}`);
    const parsed = parseImageConfig(parseJson(answer.body));
    // Other artefacts than images are kept in registries, too: their configs say nothing of this.
    if (!parsed.ok) return { created: undefined, platform: platformText(undefined) };
    return { created: parsed.value.created, platform: platformText(parsed.value) };
  }

  async #get(path: string, headers: Record<string, string>, limit: number, signal: AbortSignal): Promise<Answer> {
    const answer = await this.connection.send(path, { method: 'GET', headers, limit }, signal);
    if (answer.status !== 200) throw refused(answer, this.domain, path.replace(/\?.*/, ''));
    return answer;
  }

  #noCatalog(cause: unknown): RegistryError {
    return new RegistryError('no-catalog', this.domain, `${this.domain} does not list its repositories.`, { cause });
  }

  #invalid(what: string): RegistryError {
    return new RegistryError('invalid', this.domain, `${this.domain} sent something else than ${what}.`);
  }
}

/** The `Link` header's next page, which must be a path of the same registry. */
function nextPath({ headers }: Answer, path: string): string | undefined {
  const link = [headers.link ?? ''].flat().join(', ');
  const next = /<([^>]+)>\s*;[^,]*rel="?next"?/i.exec(link)?.[1];
  if (next === undefined) return undefined;
  const base = new URL(path, 'https://registry.invalid');
  const url = URL.canParse(next, base.href) ? new URL(next, base) : undefined;
  return url?.pathname.startsWith('/v2/') ? `${url.pathname}${url.search}` : undefined;
}

/** What is no name would be another path of the registry, or no argument for a pull. */
function isReference(text: string): boolean {
  return parseReference(text).ok;
}

function sizeOf(descriptors: readonly Descriptor[]): number {
  return descriptors.reduce((sum, { size }) => sum + size, 0);
}

function platformText(
  platform: { readonly os: string; readonly architecture: string; readonly variant?: string | undefined } | undefined,
): string {
  const { os, architecture, variant } = platform ?? { os: '', architecture: '', variant: undefined };
  if (architecture === '') return 'any platform';
  return `${os}/${architecture}${variant === undefined ? '' : `/${variant}`}`;
}
