import { normalisePlatform } from '../../core/image/platform.ts';
import { familiarReference, parseReference, type Reference } from '../../core/image/reference.ts';
import type { RegistryImage } from '../../core/registry/registry-image.ts';
import { within } from '../../core/time/within.ts';
import type {
  RegistryImagesParams,
  RegistryImagesResult,
  RegistryNamesParams,
  RegistryNamesResult,
} from '../../protocol/lsp.ts';
import type { Page } from '../registries/pager.ts';
import type { Registries } from '../registries/registries.ts';
import type { Registry } from '../registries/registry.ts';
import { RegistryError } from '../registries/registry-error.ts';

/** Milliseconds that a question may take. */
const PATIENCE = 15_000;
const MOST_NAMES = 1000;
const { architecture: ARCHITECTURE } = normalisePlatform({ os: 'linux', architecture: process.arch });

/** Answers what the language server asks of registries: nothing where they are not to be asked, or do not answer. */
export class RegistryAnswers {
  /** By repository and digest, which say the same for ever. */
  readonly #details = new Map<string, Promise<RegistryImage>>();

  /** `mayAsk`: what settings and trust say; `log` is told why a registry gave no answer. */
  constructor(
    private readonly registries: Pick<Registries, 'client'>,
    private readonly mayAsk: () => boolean,
    private readonly log: (message: string) => void,
  ) {}

  async images({ names }: RegistryImagesParams): Promise<RegistryImagesResult> {
    const images = await Promise.all(
      names.map(
        async (name) => [name, (await this.#ask(name, (signal) => this.#image(name, signal))) ?? null] as const,
      ),
    );
    return { images: Object.fromEntries(images) };
  }

  async names({ written }: RegistryNamesParams): Promise<RegistryNamesResult> {
    const names = await this.#ask(written, (signal) =>
      written.endsWith(':')
        ? this.#tags(written.slice(0, -1), signal)
        : this.#repositories(written.slice(0, -1), signal),
    );
    return { names: names ?? [] };
  }

  async #ask<Answer>(about: string, ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer | undefined> {
    if (!this.mayAsk()) return undefined;
    try {
      return await ask(within(PATIENCE));
    } catch (error) {
      const isExpected = error instanceof RegistryError || (error instanceof Error && error.name === 'TimeoutError');
      if (!isExpected) throw error;
      this.log(`No registry answered about ${about}: ${error.message}`);
      return undefined;
    }
  }

  async #image(name: string, signal: AbortSignal): Promise<RegistryImage | undefined> {
    const parsed = parseReference(name);
    if (!parsed.ok) return undefined;
    const { domain, path, tag, digest } = parsed.reference;
    const registry = await this.registries.client(domain);
    const found = await registry.digestOf(path, digest ?? tag ?? 'latest', signal);
    if (found === undefined) {
      return { exists: false, tags: await firstNames((next) => registry.tags(path, next, signal)).catch(noNames) };
    }
    const key = `${domain}/${path}@${found}`;
    const known = this.#details.get(key) ?? details(registry, path, found, signal);
    this.#details.set(key, known);
    known.catch(() => this.#details.delete(key));
    return known;
  }

  async #tags(repository: string, signal: AbortSignal): Promise<string[]> {
    const parsed = parseReference(repository);
    if (!parsed.ok) return [];
    const { domain, path }: Reference = parsed.reference;
    const registry = await this.registries.client(domain);
    const tags = await firstNames((next) => registry.tags(path, next, signal));
    return tags.map((tag) => familiarReference({ domain, path, tag }));
  }

  async #repositories(domain: string, signal: AbortSignal): Promise<string[]> {
    const parsed = parseReference(`${domain}/a`);
    if (!parsed.ok || parsed.reference.domain !== domain) return [];
    const registry = await this.registries.client(domain);
    const paths = await firstNames((next) => registry.repositories(next, signal));
    return paths.map((path) => `${domain}/${path}`);
  }
}

async function details(registry: Registry, path: string, digest: string, signal: AbortSignal): Promise<RegistryImage> {
  const found = await registry.details(path, digest, ARCHITECTURE, signal);
  const { platforms, size, created = '', layers } = found;
  return { exists: true, digest, platforms, size, created, layers };
}

async function firstNames(page: (next: string | undefined) => Promise<Page>): Promise<string[]> {
  const names: string[] = [];
  let next: string | undefined;
  do {
    const answer = await page(next);
    names.push(...answer.items);
    next = answer.items.length === 0 ? undefined : answer.next;
  } while (next !== undefined && names.length < MOST_NAMES);
  return names.slice(0, MOST_NAMES);
}

/** A repository that is not there has no tags. */
function noNames(error: unknown): string[] {
  if (error instanceof RegistryError && error.problem === 'not-found') return [];
  throw error;
}
