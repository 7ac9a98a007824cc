import type { Readable } from 'node:stream';
import type { ImageConfig, RunConfig } from '../../core/image/config.ts';
import { asDiffId } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import type { Platform } from '../../core/image/platform.ts';
import { decompress } from '../archive/compression.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { Image, ImageStore } from './image-store.ts';

export interface ImportOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly config: RunConfig;
  /** RFC 3339. */
  readonly created: string;
  readonly message: string;
  readonly platform: Platform;
  readonly signal: AbortSignal;
}

/**
 * Makes an image of one layer: a tar of a file tree, compressed or not (`docker import`). What fails half-way gives back
 * what it added. Errors: EngineError `invalid` for what is no tar, or would write outside of its root.
 */
export async function importArchive(archive: Readable, options: ImportOptions): Promise<Image> {
  const { images, blobs, signal } = options;
  const pin = blobs.pin();
  let layers: readonly ReturnType<typeof asDiffId>[] = [];
  try {
    const { digest } = await blobs.put(await decompress(archive, signal), { pin }, signal);
    const diffId = asDiffId(digest);
    layers = [diffId];
    using _held = images.hold(layers);
    await images.addLayer(digest, { diffId, mediaType: MediaType.ociLayer, over: [], signal });
    return await images.create({ config: imageConfig(options), layers });
  } catch (error) {
    await images.discard(layers);
    throw error;
  } finally {
    pin[Symbol.dispose]();
    await images.collect(pin.digests);
  }
}

function imageConfig({ config, created, message, platform }: ImportOptions): Omit<ImageConfig, 'rootfs'> {
  return {
    created,
    author: undefined,
    architecture: platform.architecture,
    os: platform.os,
    variant: platform.variant,
    'os.version': undefined,
    config,
    history: [{ created, created_by: '', author: undefined, comment: message, empty_layer: false }],
    container: undefined,
    container_config: undefined,
    docker_version: undefined,
  };
}
