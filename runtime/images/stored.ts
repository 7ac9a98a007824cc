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

/** All references, full (`docker.io/library/busybox:latest`), each with the ID of its image. */
export const StoredReferences = z.record(z.string(), ImageIdText);
