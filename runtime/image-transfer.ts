import { parsePlatform } from '../core/image/platform.ts';
import { parseReference, type Reference } from '../core/image/reference.ts';
import type { ImageTransfer } from './api/images.ts';
import type { ArchiveLimits } from './archive/limits.ts';
import { invalid } from './errors.ts';
import { type ImportGround, importImage } from './image-import.ts';
import type { ImageStore, PublishImageEvent } from './images/image-store.ts';
import { loadArchive } from './images/load-archive.ts';
import type { LoadingLayer } from './images/load-one.ts';
import { saveArchive } from './images/save-archive.ts';
import { savedImages } from './images/saved-images.ts';
import { hostPlatform } from './os/host-platform.ts';
import { parseRegistryAuth } from './registry/credentials.ts';
import { LayerProgress } from './registry/progress.ts';
import type { Puller } from './registry/puller.ts';
import type { Pusher } from './registry/pusher.ts';
import type { BlobStore } from './store/blob-store.ts';

export interface TransferGround {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly puller: Puller;
  readonly pusher: Pusher;
  readonly publish: PublishImageEvent;
  readonly openHttp: ImportGround['openHttp'];
  readonly limits: ArchiveLimits;
}

/** How images come into the store and leave it. */
export function imageTransfer(ground: TransferGround): ImageTransfer {
  const { puller, pusher } = ground;
  return {
    async pull(text, { auth, platform, progress, signal }) {
      const reference = readReference(text);
      const wanted = platform === undefined ? undefined : parsePlatform(platform);
      if (platform !== undefined && wanted === undefined) {
        throw invalid({ code: 'platform-invalid', message: `"${platform}" is no platform`, subject: platform });
      }
      const request = { reference, platform: wanted, credentials: parseRegistryAuth(auth), report: progress, signal };
      if (reference.tag === undefined && reference.digest === undefined) await puller.pullAll(request);
      else await puller.pull(request);
    },
    async push(text, { auth, platform, manifest, progress, signal }) {
      const credentials = parseRegistryAuth(auth);
      const reference = readReference(text);
      await pusher.push({ reference, platform, credentials, manifest, report: progress, signal });
    },
    async load(archive, { platform: only, progress, signal }) {
      const { images, blobs, publish, limits } = ground;
      const onLayer = reportLoading(progress);
      const platform = only ?? hostPlatform();
      const loaded = await loadArchive(archive, { images, blobs, platform, only, limits, onLayer, signal });
      for (const { image, names, renamed } of loaded) {
        for (const { name, id } of renamed) {
          const stream = `The image ${name} already exists, renaming the old one with ID ${id} to empty string\n`;
          progress({ stream });
        }
        if (names.length === 0) progress({ stream: `Loaded image ID: ${image.id}\n` });
        for (const name of names) progress({ stream: `Loaded image: ${name}\n` });
        publish('load', image.id, { ...image.config.config.Labels, name: image.id });
      }
    },
    import: (request) => importImage(ground, request),
    async save(names, { platform, signal }) {
      const { images, blobs, publish } = ground;
      const saved = savedImages(images, names, platform);
      const archive = await saveArchive(saved, { images, blobs, signal });
      for (const { image } of saved) publish('save', image.id, { ...image.config.config.Labels, name: image.id });
      return archive;
    },
  };
}

function readReference(text: string): Reference {
  const result = parseReference(text);
  if (result.ok) return result.reference;
  throw invalid({ code: 'reference-invalid', message: result.problem, subject: text });
}

/** Tells of each layer of an archive as Docker does. */
function reportLoading(progress: (record: object) => void): (layer: LoadingLayer) => void {
  return ({ diffId, current, total }) => new LayerProgress(progress, diffId).at('Loading layer', current, total);
}
