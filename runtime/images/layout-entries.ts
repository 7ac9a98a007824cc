import { familiarReference } from '../../core/image/reference.ts';
import type { BlobStore, IndexEntry } from '../store/blob-store.ts';
import type { ImageTable } from './image-table.ts';
import { REF_NAME } from './layout-annotations.ts';
import type { ReferenceTable } from './reference-table.ts';

/** Writes the layout's `index.json`, so that other tools find each image by its name (OCI image-spec, image-layout.md). */
export function offerInLayout(blobs: BlobStore, images: ImageTable, references: ReferenceTable): Promise<void> {
  return blobs.updateIndex(() => {
    const entries: IndexEntry[] = [];
    for (const { image, stored } of images.all()) {
      const entry = { mediaType: stored.manifestType, digest: image.manifest, size: stored.manifestSize };
      const names = references.of(image.id).filter(({ tag }) => tag !== undefined);
      for (const name of names) {
        const index = references.indexOf(name);
        const named =
          index === undefined ? entry : { mediaType: index.mediaType, digest: index.digest, size: index.size };
        entries.push({ ...named, annotations: { [REF_NAME]: familiarReference(name) } });
      }
      if (names.length === 0 && !references.isPart(image.id)) entries.push(entry);
    }
    return entries;
  });
}
