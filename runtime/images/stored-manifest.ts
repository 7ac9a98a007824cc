import { encodeManifest } from '../../core/image/manifest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import type { BlobPin } from '../store/blob-pins.ts';
import type { BlobInfo, BlobStore } from '../store/blob-store.ts';
import type { Layer, RegisteredImage } from './image-store.ts';
import type { StoredImage } from './stored.ts';

type StoredManifest = Pick<StoredImage, 'manifest' | 'manifestType' | 'manifestSize'>;

/** Makes the manifest of an image that was made here. */
export async function putManifest(
  config: BlobInfo,
  layers: readonly Layer[],
  blobs: BlobStore,
  pin: BlobPin,
): Promise<StoredManifest> {
  const descriptors = layers.map(({ mediaType, blob, blobSize }) => ({ mediaType, digest: blob, size: blobSize }));
  const { digest, size } = await blobs.put(Buffer.from(encodeManifest(config, descriptors)), { pin });
  return { manifest: digest, manifestType: MediaType.ociManifest, manifestSize: size };
}

/** Keeps the manifest that an image came with where it tells of the blobs that are here, else makes one that does. */
export async function keepManifest(
  brought: RegisteredImage['manifest'],
  config: BlobInfo,
  layers: readonly Layer[],
  blobs: BlobStore,
  pin: BlobPin,
): Promise<StoredManifest> {
  if (brought !== undefined) {
    const text = (await blobs.read(brought.digest)).toString();
    if (layers.every(({ blob }) => text.includes(blob))) {
      const { digest, size } = await blobs.stat(brought.digest);
      return { manifest: digest, manifestType: brought.mediaType, manifestSize: size };
    }
  }
  return putManifest(config, layers, blobs, pin);
}
