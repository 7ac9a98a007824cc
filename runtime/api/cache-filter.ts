import type { Filters } from '../../protocol/engine/filters.ts';
import type { CachedThing } from '../build/cached-things.ts';
import { invalid } from '../errors.ts';
import { readUntil } from '../images/until.ts';

/** What each filter but `until` asks of a thing, by the rules of moby's builder/builder-next (`cacheFields`). */
const ASKS: Readonly<Record<string, (thing: CachedThing, value: string) => boolean>> = {
  // Steps are listed by their layers (`docker system df -v`).
  id: ({ id, diffId }, value) => [id, diffId ?? ''].some((each) => each.includes(value)),
  type: ({ type }, value) => type === value,
  description: ({ description }, value) => description === value,
  inuse: ({ inUse }, value) => inUse === isTrue('inuse', value),
  shared: ({ shared }, value) => shared === isTrue('shared', value),
  private: ({ shared }, value) => shared !== isTrue('private', value),
};
/** `docker system prune` sends the labels that it was given here too. */
const LABELS = ['label', 'label!'];
/** A time, or how long ago: what was used since then stays. */
const UNTIL = ['until', 'unused-for'];

/**
 * What a prune of the build cache takes, undefined for everything: what all filters want, and unless `all` is set only what frees space, as dockerd's
 * builder has it: a step without a layer stays, and one whose layer an image has. Error: EngineError `invalid`.
 */
export function cacheFilter(
  filters: Filters,
  reach: 'all' | 'dangling',
  now: Date,
): ((thing: CachedThing) => boolean) | undefined {
  if (reach === 'all' && filters.size === 0) return undefined;
  const asks: ((thing: CachedThing) => boolean)[] = [];
  for (const [name, values] of filters) {
    if (LABELS.includes(name)) {
      // Nothing in the cache has a label.
      asks.push(() => name === 'label!');
      continue;
    }
    const [value = '', ...more] = values;
    const ask = ASKS[name];
    if (ask === undefined && !UNTIL.includes(name))
      throw invalid({ code: 'filter-unknown', message: `invalid filter '${name}'`, subject: name });
    if (more.length > 0)
      throw invalid({ code: 'filter-invalid', message: `more than one ${name} filter specified`, subject: name });
    if (ask !== undefined) asks.push((thing) => ask(thing, value));
    else {
      const until = Number(readUntil(value, now) / 1_000_000n);
      asks.push(({ usedAt }) => usedAt.getTime() <= until);
    }
  }
  const isDangling = ({ type, diffId, shared }: CachedThing): boolean =>
    type === 'exec.cachemount' || (diffId !== undefined && !shared);
  return (thing) => (reach === 'all' || isDangling(thing)) && asks.every((ask) => ask(thing));
}

/** As docker's command line has it, a flag without a value is set. */
function isTrue(name: string, value: string): boolean {
  if (['', '1', 'true'].includes(value.toLowerCase())) return true;
  if (['0', 'false'].includes(value.toLowerCase())) return false;
  throw invalid({ code: 'filter-invalid', message: `invalid filter '${name}=[${value}]'`, subject: name });
}
