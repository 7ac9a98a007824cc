import { parsePlatform } from '../core/image/platform.ts';
import { familiarReference, parseReference, type Reference } from '../core/image/reference.ts';
import type { ImageTransfer } from './api/images.ts';
import { invalid, unsupported } from './errors.ts';
import type { ImageStore } from './images/image-store.ts';
import { loadArchive } from './images/load-archive.ts';
import { parseRegistryAuth } from './registry/credentials.ts';
import { hostPlatform, type Puller } from './registry/puller.ts';
import type { BlobStore } from './store/blob-store.ts';

export interface TransferGround {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly puller: Puller;
}

/** How images come into the store and leave it. */
export function imageTransfer(ground: TransferGround): ImageTransfer {
  const { puller } = ground;
  const later = (what: string): never => {
    throw unsupported({ code: 'not-yet', message: `${what} is not supported yet` });
  };
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
    push: async () => later('pushing images'),
    async load(archive, { progress, signal }) {
      const { images, blobs } = ground;
      for (const { image, names } of await loadArchive(archive, { images, blobs, platform: hostPlatform(), signal })) {
        if (names.length === 0) progress({ stream: `Loaded image ID: ${image.id}\n` });
        for (const name of names) progress({ stream: `Loaded image: ${familiar(name)}\n` });
      }
    },
    save: async () => later('saving images'),
  };
}

function readReference(text: string): Reference {
  const result = parseReference(text);
  if (result.ok) return result.reference;
  throw invalid({ code: 'reference-invalid', message: result.problem, subject: text });
}

function familiar(name: string): string {
  const result = parseReference(name);
  return result.ok ? familiarReference(result.reference) : name;
}
