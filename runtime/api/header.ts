import type { Exchange } from './exchange.ts';

/** A header of a request, the first where it came several times; `key` is lower case. */
export function header(x: Pick<Exchange, 'headers'>, key: string): string | undefined {
  const value = x.headers[key];
  return Array.isArray(value) ? value[0] : value;
}
