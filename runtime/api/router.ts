import type { Handler, Routes } from './exchange.ts';

/** The handler of a request, with the names that its path spells. */
export interface Match {
  readonly handler: Handler;
  readonly params: Record<string, string>;
}

export type Lookup =
  | { readonly kind: 'found'; readonly match: Match }
  | { readonly kind: 'wrong-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'unknown' };

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  /** Whether it takes everything below its name. */
  readonly isOpen: boolean;
  readonly names: readonly string[];
  readonly handler: Handler;
}

/** Finds handlers by method and path. Literal routes win over those with names, then the order of the tables. */
export class Router {
  readonly #routes: readonly Route[];

  constructor(...tables: readonly Routes[]) {
    const entries = tables.flatMap((table) => Object.entries(table));
    const literal = ([key]: readonly [string, Handler]): number => (key.includes('{') ? 1 : 0);
    this.#routes = entries.sort((a, b) => literal(a) - literal(b)).map(([key, handler]) => route(key, handler));
  }

  find(method: string, path: string): Lookup {
    const allowed: string[] = [];
    for (const { method: wanted, pattern, isOpen, names, handler } of this.#routes) {
      const match = pattern.exec(path);
      if (match === null) continue;
      if (wanted !== method) {
        // `DELETE /containers/{id*}` does not make `/containers/a/b/json` a path that is known.
        if (!isOpen) allowed.push(wanted);
        continue;
      }
      const params = Object.fromEntries(names.map((name, index) => [name, decode(match[index + 1]!)]));
      return { kind: 'found', match: { handler, params } };
    }
    return allowed.length > 0 ? { kind: 'wrong-method', allowed } : { kind: 'unknown' };
  }
}

function route(key: string, handler: Handler): Route {
  const [method = '', template = ''] = key.split(' ');
  const names: string[] = [];
  const source = template.replace(/\{(\w+)(\*?)\}/g, (_all, name: string, star: string) => {
    names.push(name);
    return star === '' ? '([^/]+)' : '(.+)';
  });
  return { method, pattern: new RegExp(`^${source}$`), isOpen: template.endsWith('*}'), names, handler };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
