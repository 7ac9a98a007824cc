import { digestHex, type ImageId } from '../../core/image/digest.ts';
import { formatPlatform, type Platform, pickPlatform } from '../../core/image/platform.ts';
import { familiarReference, parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { invalid, notFound } from '../errors.ts';
import type { Image } from './image-store.ts';
import type { ImageTable } from './image-table.ts';
import type { ReferenceTable } from './reference-table.ts';
import type { StoredIndex } from './stored.ts';

/** Finds the image that people mean by a reference, an ID or the beginning of one (`ImageStore`, whose errors it has). */
export class ImageFinder {
  constructor(
    private readonly images: ImageTable,
    private readonly names: ReferenceTable,
  ) {}

  find(name: string, platform?: Platform): Image | undefined {
    const image = this.#find(name);
    return image === undefined || platform === undefined ? image : this.#forPlatform(name, image, platform);
  }

  resolve(name: string, platform?: Platform): Image {
    const image = this.#find(name);
    if (image === undefined) {
      const parsed = parseReference(name);
      const shown = parsed.ok ? familiarReference(withDefaultTag(parsed.reference)) : name;
      throw notFound({ code: 'image-missing', message: `No such image: ${shown}`, subject: shown });
    }
    const fitting = platform === undefined ? image : this.#forPlatform(name, image, platform);
    if (fitting !== undefined) return fitting;
    const wanted = formatPlatform(platform!);
    throw notFound({
      code: 'platform-missing',
      message: `image with reference ${name} was found but does not match the specified platform: wanted ${wanted}, actual: ${formatPlatform(image.config)}`,
      subject: name,
    });
  }

  /** The index of a name that means images of several platforms. */
  indexOf(name: string): StoredIndex | undefined {
    const reference = referenceOf(name);
    return reference === undefined ? undefined : this.names.indexOf(reference);
  }

  /** The images of an index, but for those that cannot be used. */
  partsOf({ images }: StoredIndex): Image[] {
    return images.flatMap((id) => this.images.get(id)?.image ?? []);
  }

  /** The image of a name that cannot be used. */
  brokenOf(name: string): ImageId | undefined {
    const { broken } = this.images;
    const reference = referenceOf(name);
    const id = reference === undefined ? undefined : this.names.get(reference);
    if (id !== undefined) return broken.has(id) ? id : undefined;
    const hex = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(name)?.[1];
    return hex === undefined ? undefined : [...broken.keys()].find((each) => digestHex(each).startsWith(hex));
  }

  #find(name: string): Image | undefined {
    const broken = this.brokenOf(name);
    if (broken !== undefined) throw this.images.broken.get(broken);
    const hex = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(name)?.[1];
    if (hex?.length === 64) return this.images.findByPrefix(hex)?.image;
    const reference = referenceOf(name);
    const id = reference === undefined ? undefined : this.names.get(reference);
    if (id !== undefined) return this.images.get(id)?.image;
    if (hex !== undefined) return this.images.findByPrefix(hex)?.image;
    const parsed = parseReference(name);
    if (!parsed.ok) throw invalid({ code: 'reference-invalid', message: parsed.problem, subject: name });
    return undefined;
  }

  #forPlatform(name: string, image: Image, platform: Platform): Image | undefined {
    const index = this.indexOf(name);
    const candidates = index === undefined ? [image] : this.partsOf(index);
    const offered = candidates.map((each) => ({ image: each, platform: each.config }));
    return pickPlatform(offered, platform)?.image;
  }
}

/** A name as the table of references has it: with a digest, its tag does not count. */
function referenceOf(name: string): Reference | undefined {
  const parsed = parseReference(name);
  if (!parsed.ok) return undefined;
  const { tag: _, ...byDigest } = parsed.reference;
  return parsed.reference.digest === undefined ? withDefaultTag(parsed.reference) : byDigest;
}
