import { familiarReference, parseReference, withDefaultTag } from '../image/reference.ts';

/** What a registry says of an image. */
export type RegistryImage = MissingImage | FoundImage;

/** There is no such tag. */
export interface MissingImage {
  readonly exists: false;
  /** Tags that the repository has; empty where there is none. */
  readonly tags: readonly string[];
}

export interface FoundImage {
  readonly exists: true;
  /** Of the manifest, or of the index of several platforms, that the name stands for. */
  readonly digest: string;
  /** `linux/arm64/v8`; more than one for an index. */
  readonly platforms: readonly string[];
  /** Bytes to be transferred, compressed, for one platform. */
  readonly size: number;
  /** RFC 3339; '' where the image does not say. */
  readonly created: string;
  readonly layers: number;
}

/** As much of it as the rules look at. */
export type JudgedImage = MissingImage | Pick<FoundImage, 'exists' | 'digest' | 'platforms'>;

/**
 * The name under which a registry is asked about an image: with its tag, and by digest only where there is no tag, since
 * what a tag stands for is what may have changed. Undefined for what no registry has: `scratch`, a name that is none.
 */
export function registryName(image: string): string | undefined {
  const parsed = parseReference(image);
  if (!parsed.ok || image === 'scratch') return undefined;
  const { domain, path, tag, digest } = withDefaultTag(parsed.reference);
  return familiarReference({
    domain,
    path,
    ...(tag === undefined ? { ...(digest && { digest }) } : { tag }),
  });
}
