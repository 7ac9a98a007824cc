import type { Filters } from '../protocol/engine/filters.ts';
import { invalid } from './errors.ts';

/**
 * Refuses filters that a list does not have, and values that a filter of few values does not take; one without a pattern
 * takes all. Error: EngineError `invalid`.
 */
export function checkFilters(filters: Filters, known: Readonly<Record<string, RegExp | undefined>>): void {
  for (const [name, values] of filters) {
    if (!Object.hasOwn(known, name)) throw bad(name);
    for (const value of values) if (known[name]?.test(value) === false) throw bad(`${name}=${value}`);
  }
}

/** Docker takes what a filter says of a name or ID for a regular expression; one that is none must be equal. */
export function matchesName(name: string, value: string): boolean {
  try {
    return name === value || new RegExp(value).test(name);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function bad(filter: string) {
  return invalid({ code: 'filter-invalid', message: `Invalid filter '${filter}'`, subject: filter });
}
