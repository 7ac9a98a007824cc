import { type Filters, matchesPruneLabels } from '../../protocol/engine/filters.ts';
import { invalid } from '../errors.ts';
import { readUntil } from '../images/until.ts';

/** A filter that prunes may have: made before a time, with labels, without labels. */
export type PruneFilterName = 'until' | 'label' | 'label!';

/** What the filters look at. `created` is RFC 3339. */
export interface Prunable {
  readonly created: string;
  readonly labels: Readonly<Record<string, string>> | null | undefined;
}

/**
 * Which objects a prune may remove, by Docker's filters: `until`, every `label`, not all of `label!`. Error: EngineError
 * `invalid` for a filter that is not among the `known`, and for a time that is none.
 */
export function pruneFilter(
  filters: Filters,
  known: readonly PruneFilterName[],
  now: Date,
): (object: Prunable) => boolean {
  for (const name of filters.keys()) {
    if (!(known as readonly string[]).includes(name)) {
      throw invalid({ code: 'filter-unknown', message: `invalid filter '${name}'`, subject: name });
    }
  }
  const untils = (filters.get('until') ?? []).map((text) => readUntil(text, now));
  if (untils.length > 1) throw invalid({ code: 'filter-invalid', message: 'more than one until filter specified' });
  const [until] = untils;
  return ({ created, labels }) => {
    if (until !== undefined && BigInt(Date.parse(created)) * 1_000_000n > until) return false;
    return matchesPruneLabels(labels, filters);
  };
}
