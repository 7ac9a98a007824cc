import type { ImageId } from '../../core/image/digest.ts';
import { familiarName, familiarReference, type Reference } from '../../core/image/reference.ts';
import { goMatch } from '../../core/match/go-match.ts';
import { matchesLabels } from '../../protocol/engine/filters.ts';
import { invalid } from '../errors.ts';
import { createdNanoseconds } from './created.ts';
import { summarise } from './describe.ts';
import { readFlag } from './filter-flag.ts';
import type { Image, ListOptions } from './image-store.ts';
import type { ImageSummary } from './records.ts';
import { layerSizes } from './shared-size.ts';
import { readUntil } from './until.ts';

const FILTERS = ['dangling', 'label', 'before', 'since', 'until', 'reference'];

/** What a listing needs to know. */
export interface ListSource {
  readonly images: readonly Image[];
  references(id: ImageId): readonly Reference[];
  /** Whether a name means it for a platform that must be asked for. */
  isPart(id: ImageId): boolean;
  resolve(name: string): Image;
  /** What the references of an image mean: itself, or it beside those for other platforms. */
  target(
    image: Image,
    references: readonly Reference[],
    manifests: ListOptions['manifests'],
  ): Pick<ImageSummary, 'Descriptor' | 'Manifests'>;
}

/** `GET /images/json`, the newest first. Errors: EngineError `invalid` for an unknown filter or pattern, `not-found` for before/since. */
export function listImages(
  source: ListSource,
  { all = false, filters = new Map(), sizes = 'own', manifests = 'none' }: ListOptions,
): ImageSummary[] {
  for (const name of filters.keys()) {
    if (!FILTERS.includes(name)) throw invalid({ code: 'filter-unknown', message: `invalid filter '${name}'` });
  }
  const dangling = readFlag('dangling', filters.get('dangling'));
  const before = [
    ...(filters.get('before') ?? []).map((name: string) => createdNanoseconds(source.resolve(name))),
    ...(filters.get('until') ?? []).map((text: string) => readUntil(text, new Date())),
  ];
  const since = (filters.get('since') ?? []).map((name: string) => createdNanoseconds(source.resolve(name)));
  const patterns = filters.get('reference');
  const parents = new Set(source.images.map(({ parent }) => parent));

  const shared = sizes === 'shared' ? layerSizes(source.images).shared : undefined;
  const summary = (image: Image, references: readonly Reference[]): ImageSummary =>
    summarise(image, references, source.target(image, references, manifests), shared?.get(image.id));

  return source.images
    .flatMap((image): ImageSummary[] => {
      const references = source.references(image.id);
      const created = createdNanoseconds(image);
      if (before.some((time) => created >= time) || since.some((time) => created <= time)) return [];
      if (!matchesLabels(image.config.config.Labels, filters.get('label'))) return [];
      if (patterns !== undefined && patterns.length > 0) {
        const matching = references.filter((reference) => patterns.some((each: string) => matches(each, reference)));
        return matching.length > 0 ? [summary(image, matching)] : [];
      }
      const isPart = source.isPart(image.id);
      const isTagged = references.length > 0 || isPart;
      if (dangling !== undefined && dangling === isTagged) return [];
      if (!all && references.length === 0 && (isPart || parents.has(image.id))) return [];
      return [summary(image, references)];
    })
    .sort((a, b) => b.Created - a.Created || (a.Id < b.Id ? -1 : 1));
}

function matches(pattern: string, reference: Reference): boolean {
  const whole = goMatch(pattern, familiarReference(reference));
  if (whole === undefined) throw invalid({ code: 'filter-invalid', message: `invalid reference filter '${pattern}'` });
  return whole || goMatch(pattern, familiarName(reference)) === true;
}
