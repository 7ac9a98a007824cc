import type { Digest, ImageId } from '../../core/image/digest.ts';
import { formatPlatform, type Platform } from '../../core/image/platform.ts';
import { familiarReference, type Reference } from '../../core/image/reference.ts';
import { notFound } from '../errors.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { ImageFinder } from './find-image.ts';
import { firstOf, indexOf } from './image-index.ts';
import type { BroughtIndex, Image, ImageIndex } from './image-store.ts';
import type { ImageEntry, ImageTable } from './image-table.ts';
import { offerInLayout } from './layout-entries.ts';
import type { ReferenceTable } from './reference-table.ts';
import type { StoredIndex } from './stored.ts';

export interface NamingGround {
  readonly blobs: BlobStore;
  readonly images: ImageTable;
  readonly names: ReferenceTable;
  readonly finder: ImageFinder;
  /** Removes those blobs that nothing needs. */
  readonly collect: (digests: Iterable<Digest>) => Promise<void>;
  /** Whose images names of several platforms mean. */
  readonly platform: Platform;
  readonly now: () => Date;
}

/** Gives images their names, several platforms under one too, and takes them. Whoever calls keeps the images meanwhile. */
export class ImageNames {
  /** How often the layout was to be told of what there is, and which of these times was the last that it was. */
  #asked = 0;
  #offered = 0;

  constructor(private readonly ground: NamingGround) {}

  async point(references: readonly Reference[], id: ImageId, index?: StoredIndex): Promise<void> {
    const { names, images, collect, now } = this.ground;
    const moved = references.length > 0 ? await names.set(references, id, index) : [];
    if (references.some(({ tag }) => tag !== undefined)) await images.tagged(id, now().toISOString());
    await this.offer();
    await collect(moved.flatMap((entry) => entry.index?.digest ?? []));
  }

  /** Gives an image that is here a tag. One that it has costs no write: only while the engine runs is it remembered when. */
  async tag(reference: Reference, id: ImageId, index?: StoredIndex): Promise<void> {
    const { names, images, now } = this.ground;
    if (this.#offered > 0 && this.#offered === this.#asked && names.stand([reference], id, index))
      images.taggedAgain(id, now().toISOString());
    else await this.point([reference], id, index);
  }

  async drop(references: readonly Reference[]): Promise<void> {
    const { names, collect } = this.ground;
    const indexes = references.flatMap((reference) => names.indexOf(reference)?.digest ?? []);
    await names.delete(references);
    await this.offer();
    await collect(indexes);
  }

  /** What a name means on several platforms. */
  platforms(name: string): ImageIndex | undefined {
    const index = this.ground.finder.indexOf(name);
    if (index === undefined) return undefined;
    const { digest, mediaType, size } = index;
    return { digest, mediaType, size, images: this.ground.finder.partsOf(index) };
  }

  /** `ImageStore.combine`. */
  async combine(ids: readonly ImageId[], references: readonly Reference[], brought?: BroughtIndex): Promise<Image> {
    const entries = ids.map((id) => this.#entry(id));
    const { image } = firstOf(entries, this.ground.platform);
    if (entries.length === 1) {
      await this.point(references, image.id);
      return image;
    }
    const { blobs } = this.ground;
    using pin = blobs.pin();
    await this.point(references, image.id, await indexOf(entries, brought, blobs, pin));
    return image;
  }

  /** `ImageStore.join`. */
  async join(id: ImageId, references: readonly Reference[]): Promise<void> {
    const platform = formatPlatform(this.#entry(id).image.config);
    for (const reference of references) {
      const name = familiarReference(reference);
      const one = this.ground.finder.find(name);
      const meant = this.platforms(name)?.images ?? (one === undefined ? [] : [one]);
      const others = meant.filter(({ config }) => formatPlatform(config) !== platform);
      await this.combine([...others.map((each) => each.id), id], [reference]);
    }
  }

  /** Tells the layout of what there is. */
  async offer(): Promise<void> {
    const { blobs, images, names } = this.ground;
    const time = ++this.#asked;
    await offerInLayout(blobs, images, names);
    this.#offered = Math.max(this.#offered, time);
  }

  #entry(id: ImageId): ImageEntry {
    const entry = this.ground.images.get(id);
    if (entry !== undefined) return entry;
    throw notFound({ code: 'image-missing', message: `No such image: ${id}`, subject: id });
  }
}
