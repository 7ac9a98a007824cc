import type { ImageConfig } from '../../core/image/config.ts';
import { asImageId, type DiffId, type Digest } from '../../core/image/digest.ts';
import type { Descriptor } from '../../core/image/manifest.ts';
import { formatPlatform, type Platform, platformDistance } from '../../core/image/platform.ts';
import { familiarName, familiarReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { invalid, notFound } from '../errors.ts';
import type { Image, ImageStore, PublishImageEvent, RegisteredImage } from '../images/image-store.ts';
import { readConfig } from '../images/image-table.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { askEndpoints } from './ask-endpoints.ts';
import type { RegistryConnection } from './connection.ts';
import { ANONYMOUS, type Credentials, type OwnAccount } from './credentials.ts';
import { fetchBlob } from './fetch-blob.ts';
import { type FetchedManifest, fetchManifest } from './fetch-manifest.ts';
import type { RegistryHosts } from './hosts.ts';
import type { LayerSources } from './layer-sources.ts';
import type { ReportProgress } from './progress.ts';
import { pullLayers } from './pull-layers.ts';
import type { PulledBlobs } from './pulled-blobs.ts';
import { fetchTags } from './tags.ts';

/** Bytes of a config, as many as are read of one. */
const MOST_CONFIG = 4 << 20;

export interface PullerOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly hosts: RegistryHosts;
  readonly sources: LayerSources;
  readonly pulled: PulledBlobs;
  readonly publish: PublishImageEvent;
  /** The engine's own account at a registry, for requests that bring none. */
  readonly account: OwnAccount;
  /** What this machine runs. */
  readonly platform: Platform;
  /** Milliseconds before each new attempt after a broken connection. */
  readonly delays?: readonly number[];
}

export interface PullRequest {
  readonly reference: Reference;
  /** Where the user asks for another than the machine's. */
  readonly platform?: Platform | undefined;
  /** Leaves what the names mean on other platforms: what is pulled is for the platform only. */
  readonly keepOthers?: boolean;
  readonly credentials?: Credentials | undefined;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** Brings images from registries into the store. Nothing half-made shows where a pull fails or is cancelled. */
export class Puller {
  constructor(private readonly options: PullerOptions) {}

  /**
   * Pulls one image (`POST /images/create`). Nothing is reported before the manifest is there.
   * Errors: EngineError `not-found` for an image that is not there or may not be seen, `unavailable` for a registry out
   * of reach, `invalid` for damaged content, `cancelled`.
   */
  async pull(request: PullRequest): Promise<Image> {
    const reference = withDefaultTag(request.reference);
    const { report, signal } = request;
    const familiar = familiarReference(reference);
    const platform = request.platform ?? this.options.platform;
    const before = this.options.images.find(familiar)?.id;
    let hasBegun = false;
    const { image, topDigest } = await this.#onEndpoints(reference, request, async (connection) => {
      const fetched = await fetchManifest(connection, reference, platform, signal);
      const id = reference.digest === undefined ? (reference.tag ?? '') : familiar;
      if (!hasBegun) report({ status: `Pulling from ${reference.path}`, id });
      hasBegun = true;
      return { image: await this.#bring(connection, reference, fetched, request), topDigest: fetched.topDigest };
    });
    report({ status: `Digest: ${topDigest}` });
    const outcome = before === image.id ? 'Image is up to date' : 'Downloaded newer image';
    report({ status: `Status: ${outcome} for ${familiar}` });
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

  async #onEndpoints<T>(
    reference: Reference,
    { credentials: brought = ANONYMOUS, signal }: PullRequest,
    ask: (connection: RegistryConnection) => Promise<T>,
  ): Promise<T> {
    const { hosts, delays, account } = this.options;
    const credentials = brought.kind === 'none' ? await account(reference.domain, signal) : brought;
    return askEndpoints(hosts, reference, { credentials, delays }, ask, signal);
  }

  async #bring(
    connection: RegistryConnection,
    reference: Reference,
    { manifest, bytes, digest, topDigest }: FetchedManifest,
    request: PullRequest,
  ): Promise<Image> {
    const { images, blobs, pulled } = this.options;
    const byDigest: Reference = { domain: reference.domain, path: reference.path, digest: topDigest };
    const { digest: _, ...tagged } = reference;
    const references = reference.digest === undefined ? [tagged, byDigest] : [byDigest];

    const present = images.get(asImageId(manifest.config.digest));
    if (present !== undefined) {
      const layers = present.layers.map(({ diffId }) => diffId);
      await this.#remember(reference, manifest.layers, layers);
      return this.#name({ config: manifest.config.digest, layers, references }, request);
    }
    const used = [manifest.config, ...manifest.layers].map((each) => each.digest).concat(digest);
    return pulled.during({ manifest: digest, blobs: used }, async (begin) => {
      const config = await this.#config(connection, manifest.config, reference, request);
      const layers = config.rootfs.diff_ids;
      await begin(layers);
      await pullLayers({ images, blobs, connection }, manifest.layers, layers, request);
      await this.#remember(reference, manifest.layers, layers);
      await blobs.put(bytes, { digest });
      const kept = { digest, mediaType: manifest.mediaType };
      return this.#name({ config: manifest.config.digest, manifest: kept, layers, references }, request);
    });
  }

  async #name(image: RegisteredImage, { keepOthers = false }: PullRequest): Promise<Image> {
    const { images } = this.options;
    if (!keepOthers) return images.register(image);
    const id = asImageId(image.config);
    using _making = images.making([id]);
    const registered = await images.register({ ...image, references: [] });
    await images.join(id, image.references);
    return registered;
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

  /** Remembers which layers the repository has as the same blobs as we. */
  async #remember(reference: Reference, descriptors: readonly Descriptor[], layers: readonly DiffId[]): Promise<void> {
    const { images, sources } = this.options;
    const byBlob = new Map<Digest, Descriptor>(descriptors.map((each) => [each.digest, each]));
    const known = layers.flatMap((layer) => {
      const descriptor = byBlob.get(images.layer(layer)?.blob ?? ('' as Digest));
      return descriptor === undefined ? [] : [sources.add(layer, descriptor, reference)];
    });
    await Promise.all(known);
  }
}
