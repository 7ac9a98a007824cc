import * as z from 'zod/mini';
import { absentAs } from '../../core/image/schema.ts';
import { mayBePlain } from '../../core/registry/plain-http.ts';
import { invalid, unsupported } from '../errors.ts';
import { readAtMost, readJson } from './answer-body.ts';
import { RegistryConnection } from './connection.ts';
import type { Credentials } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { RegistryHosts } from './hosts.ts';
import type { HttpAnswer } from './http-client.ts';
import { requestRefused } from './registry-error.ts';

const text = absentAs(z.string(), '');
const flag = absentAs(z.boolean(), false);
const Result = z.object({
  name: text,
  description: text,
  star_count: absentAs(z.number(), 0),
  is_official: flag,
  is_automated: flag,
});
const Results = z.object({ results: absentAs(z.array(Result), []) });
const Catalog = z.object({ repositories: absentAs(z.array(z.string()), [] as string[]) });

/** One image of `GET /images/search` (Docker Engine API). */
export type SearchResult = z.output<typeof Result>;

export interface SearchRequest {
  /** `busybox`, or `registry.example/busybox` to ask another registry than Docker Hub. */
  readonly term: string;
  /** 1–100. */
  readonly limit: number;
  readonly credentials?: Credentials | undefined;
  readonly signal: AbortSignal;
}

const MOST_BYTES = 4 << 20;
/** Names that are asked for at once of a registry that has a list only. */
const CATALOG_PAGE = 1000;
const MOST_PAGES = 100;

/** Where a term is looked for, and the words that are looked for there. */
export function splitTerm(term: string): { domain: string; words: string } {
  const slash = term.indexOf('/');
  const first = slash < 0 ? '' : term.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost';
  return isHost ? { domain: first, words: term.slice(slash + 1) } : { domain: 'docker.io', words: term };
}

/**
 * Looks for images: by the registry's search, as Docker does it, else in its list of repositories. Errors: EngineError
 * `invalid`, `unsupported` for a registry that has neither.
 */
export async function searchImages(hosts: RegistryHosts, request: SearchRequest): Promise<SearchResult[]> {
  const { term, limit, credentials, signal } = request;
  if (term.includes('://')) {
    throw invalid({
      code: 'search-term-invalid',
      message: `invalid repository name: repository name (${term}) should not have a scheme`,
    });
  }
  if (limit < 1 || limit > 100) {
    throw invalid({ code: 'search-limit-invalid', message: `limit ${limit} is outside the range of [1, 100]` });
  }
  const { domain, words } = splitTerm(term);
  const endpoint = endpointOf(domain, hosts);
  const purpose = { endpoint, repository: '', scope: 'registry:catalog:*', credentials } as const;
  using connection = await RegistryConnection.open(hosts, purpose, signal);
  const query = new URLSearchParams({ q: words, n: String(limit) });
  const url = `${connection.base}/v1/search?${query}`;
  const answer = await connection.send(url, {}, signal);
  if (answer.status === 200) {
    const read = Results.safeParse(await json(answer, url));
    return read.success ? read.data.results.slice(0, limit) : [];
  }
  if (answer.status !== 404) throw requestRefused(await connection.refusal(answer), url);
  answer.body.resume();
  return searchCatalog(connection, { domain, words, limit }, signal);
}

/** Docker Hub's search is another server than its registry. */
function endpointOf(domain: string, { options }: RegistryHosts): Endpoint {
  const host = domain === 'docker.io' ? 'index.docker.io' : domain;
  return { url: `https://${host}`, isMirror: false, mayBePlain: mayBePlain(host, options.insecureRegistries) };
}

async function searchCatalog(
  connection: RegistryConnection,
  { domain, words, limit }: { readonly domain: string; readonly words: string; readonly limit: number },
  signal: AbortSignal,
): Promise<SearchResult[]> {
  const found: SearchResult[] = [];
  let url: string | undefined = `${connection.base}/v2/_catalog?n=${CATALOG_PAGE}`;
  for (let page = 0; url !== undefined && page < MOST_PAGES && found.length < limit; page++) {
    const answer = await connection.send(url, {}, signal);
    if (answer.status !== 200) {
      answer.body.resume();
      throw unsupported({
        code: 'search-unsupported',
        message: `${connection.host} offers no search and no list of its repositories`,
        subject: connection.host,
      });
    }
    const read = Catalog.safeParse(await json(answer, url));
    for (const name of read.success ? read.data.repositories : []) {
      if (!name.includes(words)) continue;
      found.push({
        name: `${domain}/${name}`,
        description: '',
        star_count: 0,
        is_official: false,
        is_automated: false,
      });
    }
    url = connection.next(answer, url);
  }
  return found.slice(0, limit);
}

async function json(answer: HttpAnswer, url: string): Promise<unknown> {
  return readJson((await readAtMost(answer, MOST_BYTES, url)).toString());
}
