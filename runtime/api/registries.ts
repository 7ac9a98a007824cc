import type * as z from 'zod/mini';
import { AuthRequest } from '../../protocol/engine/auth.ts';
import { invalid } from '../errors.ts';
import type { Exchange, Routes } from './exchange.ts';
import { header } from './header.ts';

/** What the engine asks registries for, beside pull and push. `auth` is an `X-Registry-Auth` header as it came. */
export interface RegistryBackend {
  /** Gives a token that serves in place of the password, empty where there is none. */
  login(account: z.output<typeof AuthRequest>, signal: AbortSignal): Promise<{ readonly identityToken: string }>;
  inspect(reference: string, auth: string | undefined, signal: AbortSignal): Promise<RemoteImageRecord>;
  search(request: SearchQuery, auth: string | undefined, signal: AbortSignal): Promise<readonly FoundImage[]>;
}

export interface RemoteImageRecord {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platforms: readonly {
    readonly os: string;
    readonly architecture: string;
    readonly variant?: string | undefined;
  }[];
}

export interface SearchQuery {
  readonly term: string;
  readonly limit: number;
}

export interface FoundImage {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated: boolean;
}

/** What dockerd asks for where nobody says how many. */
const USUAL_LIMIT = 25;

/** `/auth`, `/distribution` and `/images/search` of the Docker Engine API. */
export function registryRoutes(registries: RegistryBackend): Routes {
  return {
    'POST /auth': async (x) => {
      const account = await x.json(AuthRequest);
      const { identityToken } = await registries.login(account, x.signal);
      x.sendJson(200, { IdentityToken: identityToken, Status: 'Login Succeeded' });
    },
    'GET /distribution/{name*}/json': async (x) => {
      const { mediaType, digest, size, platforms } = await registries.inspect(x.params.name ?? '', authOf(x), x.signal);
      x.sendJson(200, { Descriptor: { mediaType, digest, size }, Platforms: platforms });
    },
    'GET /images/search': async (x) => {
      const term = x.query.required('term');
      const limit = x.query.integer('limit') ?? USUAL_LIMIT;
      const isWanted = readFilters(x);
      const found = await registries.search({ term, limit }, authOf(x), x.signal);
      x.sendJson(200, found.filter(isWanted));
    },
  };
}

function authOf(x: Exchange): string | undefined {
  return header(x, 'x-registry-auth');
}

/** `is-official`, `is-automated` and `stars`, in dockerd's words. */
function readFilters(x: Exchange): (image: FoundImage) => boolean {
  const filters = x.query.filters();
  const flag = (name: string): boolean | undefined => {
    const [value] = filters.get(name) ?? [];
    if (value === undefined) return undefined;
    if (/^(1|true)$/.test(value)) return true;
    if (/^(0|false)$/.test(value)) return false;
    throw filterInvalid(name, value);
  };
  for (const name of filters.keys()) {
    if (!['is-official', 'is-automated', 'stars'].includes(name)) {
      throw invalid({ code: 'filter-invalid', message: `invalid filter '${name}'`, subject: name });
    }
  }
  const official = flag('is-official');
  const automated = flag('is-automated');
  const stars = (filters.get('stars') ?? []).map((value) => {
    if (!/^\d+$/.test(value)) throw filterInvalid('stars', value);
    return Number(value);
  });
  return ({ is_official, is_automated, star_count }) =>
    (official === undefined || official === is_official) &&
    (automated === undefined || automated === is_automated) &&
    stars.every((least) => star_count >= least);
}

function filterInvalid(name: string, value: string) {
  return invalid({ code: 'filter-invalid', message: `invalid filter '${name}=${value}'`, subject: name });
}
