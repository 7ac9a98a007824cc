import type { ImageId } from '../../core/image/digest.ts';
import type { Reference } from '../../core/image/reference.ts';
import { type Filters, matchesPruneLabels } from '../../protocol/engine/filters.ts';
import { invalid } from '../errors.ts';
import { createdNanoseconds } from './created.ts';
import { readFlag } from './filter-flag.ts';
import type { Image } from './image-store.ts';
import type { RemovedImage } from './records.ts';
import { type RemovalGround, removeImage } from './removal.ts';
import { readUntil } from './until.ts';

const FILTERS = ['dangling', 'until', 'label', 'label!'];

/** What pruning needs of the store beside what a removal needs. */
export interface PruneGround extends RemovalGround {
  images(): readonly Image[];
  imageOf(reference: Reference): ImageId | undefined;
  /** Whether it is being made just now, and has no name yet for that reason. */
  isBeingMade(id: ImageId): boolean;
}

/**
 * Removes the images that nobody uses and that the filters name: without `dangling=false` those without a name only.
 * Error: EngineError `invalid` for an unknown filter.
 */
export async function pruneImages(ground: PruneGround, filters: Filters, now: Date): Promise<RemovedImage[]> {
  for (const name of filters.keys()) {
    if (!FILTERS.includes(name)) throw invalid({ code: 'filter-unknown', message: `invalid filter '${name}'` });
  }
  const dangling = readFlag('dangling', filters.get('dangling')) ?? true;
  const untils = (filters.get('until') ?? []).map((text) => readUntil(text, now));
  if (untils.length > 1) throw invalid({ code: 'filter-invalid', message: 'more than one until filter specified' });
  const until = untils[0];
  const chosen = ground.images().filter((image) => {
    if (until !== undefined && createdNanoseconds(image) > until) return false;
    return matchesPruneLabels(image.config.config.Labels, filters);
  });
  const removed: RemovedImage[] = [];
  // An image can go as soon as those that were built on it have gone.
  for (let count = -1; count < removed.length; ) {
    count = removed.length;
    for (const { id } of chosen) {
      const image = ground.get(id);
      if (image === undefined || ground.isBeingMade(id) || ground.users(id).length > 0 || ground.hasChildren(id))
        continue;
      const references = ground.references(id);
      // Images of other platforms go with their name, and keep it where a container uses them.
      if (references.length === 0 && ground.isPart(id)) continue;
      if (references.some((each) => ground.partsOf(each).some((part) => ground.users(part).length > 0))) continue;
      if (dangling && references.length > 0) continue;
      for (const reference of references.length === 0 ? [undefined] : references) {
        if (ground.get(id) === undefined || (reference !== undefined && ground.imageOf(reference) !== id)) continue;
        removed.push(...(await removeImage(ground, { image, name: id, reference }, {})));
      }
    }
  }
  return removed;
}
