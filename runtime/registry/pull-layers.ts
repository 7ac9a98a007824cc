import pLimit from 'p-limit';
import type { DiffId } from '../../core/image/digest.ts';
import type { Descriptor } from '../../core/image/manifest.ts';
import { isLayerType } from '../../core/image/media-types.ts';
import { cancelled, invalid } from '../errors.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { RegistryConnection } from './connection.ts';
import { fetchBlob } from './fetch-blob.ts';
import { LayerProgress, type ReportProgress } from './progress.ts';

/** Layers that are fetched at the same time, as many as dockerd fetches. */
const PARALLEL = 3;

export interface LayerGround {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly connection: RegistryConnection;
}

export interface LayerRequest {
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/**
 * Fetches layers in parallel and unpacks them in order, each as soon as it and those below it are there. Layers that came
 * before a failure stay in the store.
 */
export async function pullLayers(
  ground: LayerGround,
  descriptors: readonly Descriptor[],
  diffIds: readonly DiffId[],
  { report, signal }: LayerRequest,
): Promise<void> {
  const { images } = ground;
  checkLayers(descriptors, diffIds);
  using _held = images.hold(diffIds);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const limit = pLimit(PARALLEL);
  const downloads = descriptors.map((descriptor, i) => {
    const progress = new LayerProgress(report, descriptor.digest);
    if (images.layer(diffIds[i]!) !== undefined) {
      progress.say('Already exists');
      return undefined;
    }
    progress.say('Pulling fs layer');
    if (i >= PARALLEL) progress.say('Waiting');
    const done = limit(() => download(ground, descriptor, progress, either));
    // The first failure is the one that is told; it ends the others.
    done.catch((error) => failed.abort(error));
    return { descriptor, progress, done };
  });
  try {
    for (const [i, download] of downloads.entries()) {
      const over = diffIds.slice(0, i);
      const diffId = diffIds[i]!;
      if (download === undefined) {
        await images.addLayer(images.layer(diffId)!.blob, { diffId, over, signal: either });
        continue;
      }
      await download.done;
      download.progress.say('Extracting');
      const { digest, mediaType } = download.descriptor;
      await images.addLayer(digest, { diffId, mediaType, over, signal: either });
      download.progress.say('Pull complete');
    }
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(downloads.map((download) => download?.done));
    if (signal.aborted) {
      throw cancelled({ code: 'pull-cancelled', message: 'the pull was cancelled', cause: signal.reason });
    }
    throw failed.signal.reason;
  }
}

async function download(
  { blobs, connection }: LayerGround,
  descriptor: Descriptor,
  progress: LayerProgress,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (!(await blobs.has(descriptor.digest))) {
    const bytes = fetchBlob(connection, descriptor, signal, (n) => progress.at('Downloading', n, descriptor.size));
    await blobs.put(bytes, descriptor, signal);
  }
  progress.say('Verifying Checksum');
  progress.say('Download complete');
}

function checkLayers(descriptors: readonly Descriptor[], diffIds: readonly DiffId[]): void {
  const foreign = descriptors.find(({ mediaType }) => !isLayerType(mediaType));
  if (foreign !== undefined) {
    throw invalid({
      code: 'layer-type-unknown',
      message: `this is no container image: it holds a layer of the type '${foreign.mediaType}'`,
      subject: foreign.digest,
    });
  }
  if (descriptors.length !== diffIds.length) {
    throw invalid({
      code: 'layers-differ',
      message: `the image is damaged: its manifest has ${descriptors.length} layers, its config ${diffIds.length}`,
    });
  }
}
