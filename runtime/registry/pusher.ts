import { configDigest, type DiffId } from '../../core/image/digest.ts';
import { formatPlatform, type Platform } from '../../core/image/platform.ts';
import {
  familiarName,
  familiarReference,
  parseReference,
  type Reference,
  repositoryName,
} from '../../core/image/reference.ts';
import { invalid, notFound } from '../errors.ts';
import type { Image, ImageIndex, ImageStore, PublishImageEvent } from '../images/image-store.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { RegistryConnection } from './connection.ts';
import { ANONYMOUS, type Credentials, type OwnAccount } from './credentials.ts';
import { originOf } from './endpoint.ts';
import type { RegistryHosts } from './hosts.ts';
import type { LayerSources } from './layer-sources.ts';
import type { ManifestWishes } from './manifest-wishes.ts';
import type { ReportProgress } from './progress.ts';
import { pushBlob } from './push-blob.ts';
import { pushLayers } from './push-layers.ts';
import { indexFor, manifestFor, type PlatformManifest, type PushManifest, putManifest } from './push-manifest.ts';

export interface PusherOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly hosts: RegistryHosts;
  readonly sources: LayerSources;
  readonly publish: PublishImageEvent;
  /** The engine's own account at a registry, for requests that bring none. */
  readonly account: OwnAccount;
  /** Milliseconds before each new attempt after a broken connection. */
  readonly delays?: readonly number[];
}

export interface PushRequest {
  /** Without a tag: every tag of the repository that is here. */
  readonly reference: Reference;
  /** Of images of several platforms the one that is meant. */
  readonly platform?: Platform | undefined;
  readonly credentials?: Credentials | undefined;
  readonly manifest?: ManifestWishes | undefined;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** Brings images of the store to registries. */
export class Pusher {
  constructor(private readonly options: PusherOptions) {}

  /**
   * Pushes one tag of a repository, or all (`POST /images/{name}/push`). Errors: EngineError `not-found` for what is not
   * here, `unauthorized` and `forbidden`, `unavailable` for a registry out of reach, `cancelled`.
   */
  async push(request: PushRequest): Promise<void> {
    const { reference, platform, report, credentials: brought = ANONYMOUS, signal } = request;
    const { images, hosts, delays, account } = this.options;
    if (reference.digest !== undefined) {
      throw invalid({
        code: 'reference-invalid',
        message: 'cannot push a digest reference',
        subject: reference.digest,
      });
    }
    report({ status: `The push refers to repository [${repositoryName(reference)}]` });
    const tagged = this.#tagged(reference).map(({ tag, image }) => ({
      tag,
      image: platform === undefined ? image : images.resolve(familiarReference({ ...reference, tag }), platform),
    }));
    const credentials = brought.kind === 'none' ? await account(reference.domain, signal) : brought;
    const endpoint = originOf(reference.domain, hosts.options);
    const purpose = { endpoint, repository: reference.path, actions: 'pull,push', credentials, delays } as const;
    using connection = await RegistryConnection.open(hosts, purpose, signal);
    for (const { tag, image } of tagged) await this.#pushTag(connection, { ...reference, tag }, image, request);
  }

  /** What is to be pushed. */
  #tagged(reference: Reference): { tag: string; image: Image }[] {
    const here = this.#here(reference);
    const name = familiarName(reference);
    if (here.length === 0) {
      const message = `An image does not exist locally with the tag: ${name}`;
      throw notFound({ code: 'image-missing', message, subject: name });
    }
    const wanted = reference.tag === undefined ? here : here.filter(({ tag }) => tag === reference.tag);
    if (wanted.length > 0) return wanted;
    const subject = familiarReference(reference);
    throw notFound({ code: 'tag-missing', message: `tag does not exist: ${subject}`, subject });
  }

  /** All tags of the repository that are here. */
  #here({ domain, path }: Reference): { tag: string; image: Image }[] {
    const { images } = this.options;
    return images.list({ all: true }).flatMap(({ Id, RepoTags }) => {
      const image = images.get(Id);
      return (RepoTags ?? []).flatMap((text) => {
        const parsed = parseReference(text);
        if (image === undefined || !parsed.ok || parsed.reference.tag === undefined) return [];
        const { reference } = parsed;
        return reference.domain === domain && reference.path === path ? [{ tag: parsed.reference.tag, image }] : [];
      });
    });
  }

  async #pushTag(
    connection: RegistryConnection,
    reference: Reference & { readonly tag: string },
    image: Image,
    request: PushRequest,
  ): Promise<void> {
    const { images, publish } = this.options;
    const { report, signal } = request;
    const { domain, path, tag } = reference;
    const familiar = familiarReference(reference);
    const all = images.platforms(familiar);
    const index = request.platform === undefined ? all : undefined;
    const manifest =
      index === undefined
        ? await this.#pushImage(connection, reference, image, request)
        : await this.#pushPlatforms(connection, reference, index, request);
    await putManifest(connection, manifest, tag, signal);
    const { digest } = manifest;
    // A digest of one platform is none of the name, which means them all.
    if (index === all) await images.alias(familiar, [{ domain, path, digest }]);
    const size = manifest.bytes.length;
    report({ status: `${tag}: digest: ${digest} size: ${size}` });
    report({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: size } });
    publish('push', familiar, { ...image.config.config.Labels, name: familiarName(reference) });
  }

  /** Pushes the manifests of all platforms; gives the index of them, which is to be pushed yet. */
  async #pushPlatforms(
    connection: RegistryConnection,
    reference: Reference,
    index: ImageIndex,
    request: PushRequest,
  ): Promise<PushManifest> {
    const { report, signal } = request;
    const pushed: PlatformManifest[] = [];
    for (const image of index.images) {
      const manifest = await this.#pushImage(connection, reference, image, request);
      await putManifest(connection, manifest, manifest.digest, signal);
      report({ status: `${formatPlatform(image.config)}: digest: ${manifest.digest} size: ${manifest.bytes.length}` });
      pushed.push({ ...manifest, platform: image.config });
    }
    return indexFor(index, pushed, this.options.blobs);
  }

  /** Brings an image's blobs to the repository; gives the manifest, which is to be pushed yet. */
  async #pushImage(
    connection: RegistryConnection,
    { domain, path }: Reference,
    image: Image,
    { report, signal, manifest }: PushRequest,
  ): Promise<PushManifest> {
    const { images, blobs, sources } = this.options;
    using _held = images.hold(layersOf(image));
    const ground = { connection, blobs, sources, repository: { domain, path }, report, signal };
    const pushed = await pushLayers(ground, image.layers);
    const config = await blobs.stat(configDigest(image.id));
    await pushBlob(connection, config, blobs, signal);
    return manifestFor(image, config, pushed, blobs, manifest);
  }
}

function layersOf({ layers }: Image): DiffId[] {
  return layers.map(({ diffId }) => diffId);
}
