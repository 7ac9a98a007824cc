import * as z from 'zod/mini';
import { asImageId } from '../../core/image/digest.ts';
import { absentAs, DiffIdText, DigestText } from '../../core/image/schema.ts';

const ImageIdText = z.pipe(
  DigestText,
  z.transform((digest) => asImageId(digest)),
);

/** What the store remembers of an image beside its blobs; the document's name is the ID's hex. */
export const StoredImage = z.object({
  manifest: DigestText,
  manifestType: z.string(),
  manifestSize: z.number(),
  parent: absentAs(ImageIdText, undefined),
  /** RFC 3339; empty where it was never tagged here. */
  lastTagTime: absentAs(z.string(), ''),
});
export type StoredImage = z.output<typeof StoredImage>;

/** What the store remembers of a layer; the document's name is the diff ID's hex. */
export const StoredLayer = z.object({
  diffId: DiffIdText,
  blob: DigestText,
  mediaType: z.string(),
  blobSize: z.number(),
  bytes: z.number(),
  files: z.number(),
});

/** Images of several platforms under one name, and the index of their manifests, a blob. */
export const StoredIndex = z.object({
  digest: DigestText,
  mediaType: z.string(),
  size: z.number(),
  images: z.array(ImageIdText),
});
export type StoredIndex = z.output<typeof StoredIndex>;

/**
 * All references, full (`docker.io/library/busybox:latest`), each with the ID of its image; with an index where it means
 * one for each of several platforms, of which `image` is the one for those who ask for none.
 */
export const StoredReferences = z.record(
  z.string(),
  z.union([ImageIdText, z.object({ image: ImageIdText, index: StoredIndex })]),
);
export type StoredReferences = z.output<typeof StoredReferences>;
