import type { Digest } from '../../core/image/digest.ts';
import { encodeIndex, parseManifest } from '../../core/image/manifest.ts';
import { type Platform, pickPlatform } from '../../core/image/platform.ts';
import type { BlobPin } from '../store/blob-pins.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { type ImageEntry, readJson } from './image-table.ts';
import type { StoredIndex } from './stored.ts';

/** The image that a name of several platforms means to those who ask for none: this machine's, else the first. */
export function firstOf(entries: readonly ImageEntry[], own: Platform): ImageEntry {
  const offered = entries.map((entry) => ({ entry, platform: entry.image.config }));
  return pickPlatform(offered, own)?.entry ?? entries[0]!;
}

/** The index of images: the one that they came with, where that tells of their manifests and no others, else a new one. */
export async function indexOf(
  entries: readonly ImageEntry[],
  brought: { readonly digest: Digest; readonly mediaType: string } | undefined,
  blobs: BlobStore,
  pin: BlobPin,
): Promise<StoredIndex> {
  const images = entries.map(({ image }) => image.id);
  if (brought !== undefined && (await tellsOf(brought.digest, entries, blobs))) {
    pin.add(brought.digest);
    const { size } = await blobs.stat(brought.digest);
    return { digest: brought.digest, mediaType: brought.mediaType, size, images };
  }
  const { text, mediaType } = encodeIndex(
    entries.map(({ image, stored }) => ({
      mediaType: stored.manifestType,
      digest: stored.manifest,
      size: stored.manifestSize,
      platform: image.config,
    })),
  );
  const { digest, size } = await blobs.put(Buffer.from(text), { pin });
  return { digest, mediaType, size, images };
}

async function tellsOf(index: Digest, entries: readonly ImageEntry[], blobs: BlobStore): Promise<boolean> {
  const parsed = parseManifest(readJson(await blobs.read(index)));
  if (!parsed.ok || parsed.value.kind !== 'index') return false;
  const told = new Set(parsed.value.manifests.map(({ digest }) => digest));
  return told.size === entries.length && entries.every(({ image }) => told.has(image.manifest));
}
