import pLimit from 'p-limit';
import type { ImageConfig } from '../../core/image/config.ts';
import { asImageId, type DiffId } from '../../core/image/digest.ts';
import type { Descriptor } from '../../core/image/manifest.ts';
import { isLayerType } from '../../core/image/media-types.ts';
import { formatPlatform, normalisePlatform, type Platform, platformDistance } from '../../core/image/platform.ts';
import { familiarName, familiarReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { cancelled, EngineError, invalid, isKind, notFound } from '../errors.ts';
import type { Image, ImageStore, PublishImageEvent } from '../images/image-store.ts';
import { readConfig } from '../images/image-table.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { RegistryConnection } from './connection.ts';
import { ANONYMOUS, type Credentials } from './credentials.ts';
import { endpointsOf, type RegistrySettings } from './endpoint.ts';
import { fetchBlob } from './fetch-blob.ts';
import { type FetchedManifest, fetchManifest } from './fetch-manifest.ts';
import { LayerProgress, type ReportProgress } from './progress.ts';
import { fetchTags } from './tags.ts';

/** Bytes of a config, as many as are read of one. */
const MOST_CONFIG = 4 << 20;
/** Layers that are fetched at the same time, as many as dockerd fetches. */
const PARALLEL = 3;

export interface PullerOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly settings: RegistrySettings;
  readonly publish: PublishImageEvent;
  /** What this machine runs. */
  readonly platform: Platform;
  /** Milliseconds before each new attempt after a broken connection. */
  readonly delays?: readonly number[];
}

export interface PullRequest {
  readonly reference: Reference;
  /** Where the user asks for another than the machine's. */
  readonly platform?: Platform | undefined;
  readonly credentials?: Credentials | undefined;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** The platform that this process runs on. */
export function hostPlatform(): Platform {
  return normalisePlatform({ os: 'linux', architecture: process.arch });
}

/** Brings images from registries into the store. Nothing half-made stays where a pull fails or is cancelled. */
export class Puller {
  constructor(private readonly options: PullerOptions) {}

  /**
   * Pulls one image (`POST /images/create`). Nothing is reported before the manifest is there.
   * Errors: EngineError `not-found` for an image that is not there or may not be seen, `unavailable` for a registry out
   * of reach, `invalid` for damaged content, `cancelled`.
   */
  async pull(request: PullRequest): Promise<Image> {
    const reference = withDefaultTag(request.reference);
    const { connection, fetched } = await this.#find(reference, request);
    const { report } = request;
    const familiar = familiarReference(reference);
    report({
      status: `Pulling from ${reference.path}`,
      id: reference.digest === undefined ? (reference.tag ?? '') : familiar,
    });
    const before = this.options.images.find(familiar)?.id;
    const image = await this.#bring(connection, reference, fetched, request);
    report({ status: `Digest: ${fetched.topDigest}` });
    report({
      status: `Status: ${before === image.id ? 'Image is up to date' : 'Downloaded newer image'} for ${familiar}`,
    });
    this.options.publish('pull', familiar, { ...image.config.config.Labels, name: familiarName(reference) });
    return image;
  }

  /** Pulls every tag of a repository. */
  async pullAll(request: PullRequest): Promise<void> {
    for (const tag of await this.#onEndpoints(request.reference, request, (connection) =>
      fetchTags(connection, request.reference, request.signal),
    )) {
      await this.pull({ ...request, reference: { ...request.reference, tag } });
    }
  }

  #find(reference: Reference, request: PullRequest) {
    const platform = request.platform ?? this.options.platform;
    return this.#onEndpoints(reference, request, async (connection) => ({
      connection,
      fetched: await fetchManifest(connection, reference, platform, request.signal),
    }));
  }

  /** Asks one server after the other until one answers. */
  async #onEndpoints<T>(
    reference: Reference,
    { credentials = ANONYMOUS }: PullRequest,
    ask: (connection: RegistryConnection) => Promise<T>,
  ): Promise<T> {
    const failures: EngineError[] = [];
    for (const endpoint of endpointsOf(reference, this.options.settings)) {
      try {
        return await ask(new RegistryConnection(endpoint, reference.path, credentials, 'pull', this.options.delays));
      } catch (error) {
        if (!(error instanceof EngineError) || isKind(error, 'cancelled')) throw error;
        failures.push(endpoint.isMirror ? mirrorFailed(endpoint.url, error) : error);
      }
    }
    throw joined(failures);
  }

  async #bring(
    connection: RegistryConnection,
    reference: Reference,
    { manifest, bytes, digest, topDigest }: FetchedManifest,
    request: PullRequest,
  ): Promise<Image> {
    const { images, blobs } = this.options;
    const byDigest: Reference = { domain: reference.domain, path: reference.path, digest: topDigest };
    const { digest: _, ...tagged } = reference;
    const references = reference.digest === undefined ? [tagged, byDigest] : [byDigest];

    const present = images.get(asImageId(manifest.config.digest));
    if (present !== undefined) {
      const layers = present.layers.map(({ diffId }) => diffId);
      return await images.register({ config: manifest.config.digest, layers, references });
    }
    // None of what it is made of may go before it is whole.
    const pin = blobs.pin([digest, ...[manifest.config, ...manifest.layers].map((each) => each.digest)]);
    try {
      const config = await this.#config(connection, manifest.config, reference, request);
      const layers = config.rootfs.diff_ids;
      const held = images.hold(layers);
      try {
        await this.#layers(connection, manifest.layers, config, request);
        await blobs.put(bytes, { digest });
        return await images.register({
          config: manifest.config.digest,
          manifest: { digest, mediaType: manifest.mediaType },
          layers,
          references,
        });
      } catch (error) {
        held[Symbol.dispose]();
        await images.discard(layers);
        throw error;
      } finally {
        held[Symbol.dispose]();
      }
    } finally {
      pin[Symbol.dispose]();
      await images.collect(pin.digests);
    }
  }

  async #config(
    connection: RegistryConnection,
    descriptor: Descriptor,
    reference: Reference,
    { platform, signal }: PullRequest,
  ): Promise<ImageConfig> {
    const { blobs } = this.options;
    if (descriptor.size > MOST_CONFIG) {
      throw invalid({
        code: 'config-too-large',
        message: `the image's config would have ${descriptor.size} bytes, more than ${MOST_CONFIG}: this is no container image`,
        subject: descriptor.digest,
      });
    }
    if (!(await blobs.has(descriptor.digest))) {
      await blobs.put(fetchBlob(connection, descriptor, signal), descriptor, signal);
    }
    const config = readConfig(await blobs.read(descriptor.digest), descriptor.digest);
    const actual = { os: config.os, architecture: config.architecture, variant: config.variant };
    if (platform !== undefined && platformDistance(platform, actual) === undefined) {
      const subject = familiarReference(reference);
      throw notFound({
        code: 'platform-missing',
        message: `image with reference ${subject} was found but does not match the specified platform: wanted ${formatPlatform(platform)}, actual: ${formatPlatform(actual)}`,
        subject,
      });
    }
    return config;
  }

  /** Fetches layers in parallel and unpacks them in order, each as soon as it and those below it are there. */
  async #layers(
    connection: RegistryConnection,
    descriptors: readonly Descriptor[],
    { rootfs: { diff_ids: diffIds } }: ImageConfig,
    { report, signal }: PullRequest,
  ): Promise<void> {
    const { images } = this.options;
    checkLayers(descriptors, diffIds);
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
      const done = limit(() => this.#download(connection, descriptor, progress, either));
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
      if (signal.aborted) throw pullCancelled(signal);
      throw failed.signal.reason;
    }
  }

  async #download(
    connection: RegistryConnection,
    descriptor: Descriptor,
    progress: LayerProgress,
    signal: AbortSignal,
  ): Promise<void> {
    const { blobs } = this.options;
    signal.throwIfAborted();
    if (!(await blobs.has(descriptor.digest))) {
      const bytes = fetchBlob(connection, descriptor, signal, (n) => progress.at('Downloading', n, descriptor.size));
      await blobs.put(bytes, descriptor, signal);
    }
    progress.say('Verifying Checksum');
    progress.say('Download complete');
  }
}

function pullCancelled(signal: AbortSignal): EngineError {
  return cancelled({ code: 'pull-cancelled', message: 'the pull was cancelled', cause: signal.reason });
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

function mirrorFailed(url: string, error: EngineError): EngineError {
  const { code, subject, remedies } = error;
  return new EngineError(error.kind, {
    code,
    subject,
    remedies,
    message: `mirror ${url}: ${error.message}`,
    cause: error,
  });
}

/** The last failure, with what the mirrors said before. */
function joined(failures: readonly EngineError[]): EngineError {
  const last = failures.at(-1)!;
  if (failures.length === 1) return last;
  const { code, subject, remedies } = last;
  const message = `${last.message} (${failures
    .slice(0, -1)
    .map((each) => each.message)
    .join('; ')})`;
  return new EngineError(last.kind, { code, subject, remedies, message, cause: last });
}
