import type { Platform } from '../../core/image/platform.ts';
import { familiarReference, parseReference, type Reference, repositoryName } from '../../core/image/reference.ts';
import { invalid } from '../errors.ts';
import type { Image, ImageIndex, ImageStore } from './image-store.ts';

/** An image to be saved, and the tags that go with it. */
export interface SavedImage {
  readonly image: Image;
  /** In the order in which they were asked for. */
  readonly tags: readonly Reference[];
  /** Of those tags that mean images of several platforms, what they mean. */
  readonly indexes: ReadonlyMap<Reference, ImageIndex>;
}

/**
 * What `docker save NAME...` saves: a repository's name alone means all of its tags, a tag means itself, an ID or a digest
 * means the image without a name. The same image comes once. With a platform each means its image for that alone. Errors: EngineError `invalid` for no name at all,
 * `not-found`.
 */
export function savedImages(images: ImageStore, names: readonly string[], platform?: Platform): SavedImage[] {
  if (names.length === 0) throw invalid({ code: 'names-missing', message: 'no image was named to save' });
  const found = new Map<string, { image: Image; tags: Map<string, Reference> }>();
  const add = (image: Image, tags: readonly Reference[]): void => {
    const entry = found.get(image.id) ?? { image, tags: new Map() };
    for (const tag of tags) entry.tags.set(familiarReference(tag), tag);
    found.set(image.id, entry);
  };
  for (const name of names) {
    const parsed = parseReference(name);
    const reference = parsed.ok ? parsed.reference : undefined;
    if (reference !== undefined && reference.tag === undefined && reference.digest === undefined) {
      const tagged = tagsOf(images, reference);
      for (const { tag } of tagged) add(images.resolve(familiarReference(tag), platform), [tag]);
      if (tagged.length > 0) continue;
    }
    const image = images.resolve(name, platform);
    // An ID with its algorithm looks like a repository with a tag.
    const { id } = images.resolve(name);
    const isTag = reference !== undefined && images.references(id).tags.includes(familiarReference(reference));
    add(image, isTag ? [reference] : []);
  }
  return [...found.values()].map(({ image, tags: byName }) => {
    const tags = [...byName.values()];
    if (platform !== undefined) return { image, tags, indexes: new Map() };
    const indexes = tags.flatMap((tag): [Reference, ImageIndex][] => {
      const index = images.platforms(familiarReference(tag));
      return index === undefined ? [] : [[tag, index]];
    });
    return { image, tags, indexes: new Map(indexes) };
  });
}

function tagsOf(images: ImageStore, repository: Reference): { image: Image; tag: Reference }[] {
  const wanted = repositoryName(repository);
  return images.list({ all: true }).flatMap(({ Id }) => {
    const image = images.get(Id);
    if (image === undefined) return [];
    return images.references(Id).tags.flatMap((text) => {
      const parsed = parseReference(text);
      return parsed.ok && repositoryName(parsed.reference) === wanted ? [{ image, tag: parsed.reference }] : [];
    });
  });
}
