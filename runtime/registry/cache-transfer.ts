import { buffer } from 'node:stream/consumers';
import { sha256 } from '../../core/disk/sha256.ts';
import type { DiffId, Digest } from '../../core/image/digest.ts';
import { type Descriptor, encodeManifest, type Manifest } from '../../core/image/manifest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { type Platform, pickPlatform } from '../../core/image/platform.ts';
import type { Reference } from '../../core/image/reference.ts';
import { invalid } from '../errors.ts';
import type { ImageStore, Layer } from '../images/image-store.ts';
import { readJson } from '../images/image-table.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { RegistryConnection } from './connection.ts';
import { ANONYMOUS, type Credentials, type OwnAccount } from './credentials.ts';
import { originOf } from './endpoint.ts';
import { fetchBlob } from './fetch-blob.ts';
import { fetchTop } from './fetch-manifest.ts';
import type { RegistryHosts } from './hosts.ts';
import type { LayerSources } from './layer-sources.ts';
import type { ReportProgress } from './progress.ts';
import { pushBlob } from './push-blob.ts';
import { pushLayers } from './push-layers.ts';
import { putManifest } from './push-manifest.ts';

/** Bytes of a cache's record or an image's config, as many as are read of one. */
const MOST_RECORD = 4 << 20;

export interface CacheTransferOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly hosts: RegistryHosts;
  readonly sources: LayerSources;
  /** The engine's own account at a registry, for requests that bring none. */
  readonly account: OwnAccount;
}

export interface CacheRequest {
  readonly reference: Reference;
  readonly credentials: Credentials | undefined;
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** What is behind a name: the config of its manifest, and that manifest's layers. */
export interface CacheRecord {
  readonly mediaType: string;
  readonly config: unknown;
  /** As the registry has them. */
  readonly layers: readonly Descriptor[];
}

/** A cache in a registry, to be read until it is disposed of. */
export interface RemoteCache extends Disposable {
  readonly records: readonly CacheRecord[];
  /**
   * Brings one of its layers into the store, checked against both digests. Errors: EngineError `invalid` for other bytes,
   * `not-found`, `unavailable`, `cancelled`.
   */
  bring(layer: Descriptor, diffId: DiffId): Promise<void>;
}

/** How layers that were pushed are called there, by diff ID. */
export type PushedForms = ReadonlyMap<DiffId, Pick<Descriptor, 'digest' | 'size' | 'mediaType'>>;

/** Brings caches of builds to registries and back: an OCI manifest whose config tells of the steps. */
export class CacheTransfer {
  constructor(private readonly options: CacheTransferOptions) {}

  /** Errors: as `Puller.pull`. Of an index the manifests for these platforms are read. */
  async fetch(request: CacheRequest, platforms: readonly Platform[]): Promise<RemoteCache> {
    const { reference, signal } = request;
    const connection = await this.#connect(request, 'pull');
    try {
      const manifests = await manifestsOf(connection, reference, platforms, signal);
      const records = manifests.map(async ({ config, layers }) => ({
        mediaType: config.mediaType,
        config: await readConfig(connection, config, signal),
        layers,
      }));
      return {
        records: await Promise.all(records),
        bring: (layer, diffId) => this.#bring(connection, layer, diffId, request),
        [Symbol.dispose]: () => connection[Symbol.dispose](),
      };
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
  }

  /** Errors: as `Pusher.push`. `describe` makes the config's JSON text of how the layers are called there. */
  async push(
    request: CacheRequest,
    layers: readonly Layer[],
    mediaType: string,
    describe: (pushed: PushedForms) => string,
  ): Promise<void> {
    const { images, blobs, sources } = this.options;
    const { reference, report, signal } = request;
    using connection = await this.#connect(request, 'pull,push');
    const ground = { connection, blobs, sources, repository: reference, report, signal };
    const pushed = await pushLayers(ground, layers);
    const text = describe(new Map(layers.map(({ diffId }, i) => [diffId, pushed[i]!])));
    const config = await this.#pushConfig(connection, text, signal);
    const manifest = encodeManifest({ ...config, mediaType }, pushed);
    const digest = sha256(manifest);
    const bytes = Buffer.from(manifest);
    await putManifest(
      connection,
      { bytes, digest, mediaType: MediaType.ociManifest },
      reference.tag ?? 'latest',
      signal,
    );
    await images.collect([config.digest]);
  }

  async #pushConfig(connection: RegistryConnection, text: string, signal: AbortSignal) {
    const { blobs } = this.options;
    using pin = blobs.pin();
    const config = await blobs.put(Buffer.from(text), { pin });
    await pushBlob(connection, config, blobs, signal);
    return config;
  }

  async #bring(
    connection: RegistryConnection,
    layer: Descriptor,
    diffId: DiffId,
    { reference, signal }: CacheRequest,
  ): Promise<void> {
    const { images, blobs, sources } = this.options;
    const { digest, size, mediaType } = layer;
    try {
      using pin = blobs.pin([digest]);
      if (!(await blobs.has(digest))) {
        await blobs.put(fetchBlob(connection, layer, signal), { digest, size, pin }, signal);
      }
      await images.addLayer(digest, { diffId, mediaType, signal });
    } catch (error) {
      await images.collect([digest]);
      throw error;
    }
    await sources.add(diffId, { digest, size, mediaType }, reference);
  }

  async #connect(request: CacheRequest, actions: 'pull' | 'pull,push'): Promise<RegistryConnection> {
    const { hosts, account } = this.options;
    const { reference, credentials: brought = ANONYMOUS, signal } = request;
    const credentials = brought.kind === 'none' ? await account(reference.domain, signal) : brought;
    const endpoint = originOf(reference.domain, hosts.options);
    return RegistryConnection.open(hosts, { endpoint, repository: reference.path, actions, credentials }, signal);
  }
}

async function manifestsOf(
  connection: RegistryConnection,
  reference: Reference,
  platforms: readonly Platform[],
  signal: AbortSignal,
): Promise<Manifest[]> {
  const { value } = await fetchTop(connection, reference, signal);
  if (value.kind === 'manifest') return [value];
  const chosen = new Set<Digest>(platforms.flatMap((each) => pickPlatform(value.manifests, each)?.digest ?? []));
  const found = [...chosen].map((digest) => fetchTop(connection, { ...reference, digest }, signal));
  return (await Promise.all(found)).flatMap((each) => (each.value.kind === 'manifest' ? [each.value] : []));
}

async function readConfig(
  connection: RegistryConnection,
  descriptor: Descriptor,
  signal: AbortSignal,
): Promise<unknown> {
  const { digest, size } = descriptor;
  const refused = (what: string): Error =>
    invalid({ code: 'cache-invalid', message: `${connection.host}: ${digest} ${what}`, subject: digest });
  if (size > MOST_RECORD) throw refused(`would have ${size} bytes, more than ${MOST_RECORD}`);
  const bytes = await buffer(fetchBlob(connection, descriptor, signal));
  const actual = sha256(bytes);
  if (actual !== digest) throw refused(`has the digest ${actual}: it is damaged`);
  return readJson(bytes);
}
