import type { Readable } from 'node:stream';
import { encodeImageConfig, type ImageConfig } from '../../core/image/config.ts';
import {
  asImageId,
  type ChainId,
  configDigest,
  type DiffId,
  type Digest,
  digestHex,
  type ImageId,
} from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import { familiarReference, parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import type { Filters } from '../../protocol/engine/filters.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import { invalid } from '../errors.ts';
import { hostPlatform } from '../os/host-platform.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { BlobPin } from '../store/blob-pins.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { UseCounts } from '../store/use-counts.ts';
import { describeManifest, historyRows, inspect, manifestDescriptor, splitReferences } from './describe.ts';
import { ImageFinder } from './find-image.ts';
import { ImageNames } from './image-names.ts';
import type {
  AddLayerOptions,
  BroughtIndex,
  Image,
  ImageIndex,
  ImageStore,
  ImageUser,
  Layer,
  ListOptions,
  NewImage,
  PublishImageEvent,
  RegisteredImage,
  RemoveOptions,
  TakeLayerOptions,
} from './image-store.ts';
import { ImageTable } from './image-table.ts';
import { LayerFiles, listLayers } from './layer-listing.ts';
import { LayerSweeper } from './layer-sweeper.ts';
import { LayerTable } from './layer-table.ts';
import { listImages } from './list.ts';
import { pruneImages } from './prune.ts';
import type {
  HistoryRow,
  ImageInspect,
  ImageManifest,
  ImageSummary,
  LayerListing,
  ManifestDescriptor,
  RemovedImage,
} from './records.ts';
import { ReferenceTable } from './reference-table.ts';
import { type RemovalGround, removeImage } from './removal.ts';
import { layerSizes } from './shared-size.ts';
import type { StoredIndex } from './stored.ts';
import { keepManifest, putManifest } from './stored-manifest.ts';
import { unpackLost } from './unpack-lost.ts';

export interface ImageStoreOptions {
  /** Folder for the documents. */
  readonly root: string;
  readonly blobs: BlobStore;
  readonly snapshotter: Snapshotter;
  readonly publish: PublishImageEvent;
  /** Containers that use an image. */
  readonly users: (id: ImageId) => readonly ImageUser[];
  /** Layers that must stay without an image, such as the build cache's. */
  readonly kept?: () => Promise<Iterable<DiffId>>;
  /** How much a layer may take; the safe limits where undefined. */
  readonly limits?: ArchiveLimits;
  readonly now?: () => Date;
  /** Whose images names of several platforms mean; this machine's where undefined. */
  readonly platform?: Platform;
}

/** Opens the images below `root`. What cannot be used is left out and told of by an error when it is asked for. */
export async function openImageStore(options: ImageStoreOptions): Promise<ImageStore> {
  const layers = await LayerTable.open(options.root, options.blobs, options.snapshotter, options.limits);
  const images = await ImageTable.open(options.root, options.blobs, layers);
  return new LocalImages(options, layers, images, await ReferenceTable.open(options.root));
}

class LocalImages implements ImageStore {
  readonly #files: LayerFiles;
  readonly #sweeper: LayerSweeper;
  readonly #ground: RemovalGround;
  readonly #finder: ImageFinder;
  readonly #naming: ImageNames;
  /** Images that do not have their names yet. */
  readonly #making = new UseCounts<ImageId>();

  constructor(
    private readonly options: ImageStoreOptions,
    private readonly layerTable: LayerTable,
    private readonly images: ImageTable,
    private readonly names: ReferenceTable,
  ) {
    this.#files = new LayerFiles(options.root, options.blobs);
    this.#finder = new ImageFinder(images, names);
    this.#naming = new ImageNames({
      blobs: options.blobs,
      images,
      names,
      finder: this.#finder,
      collect: (digests) => this.collect(digests),
      platform: options.platform ?? hostPlatform(),
      now: options.now ?? (() => new Date()),
    });
    this.#sweeper = new LayerSweeper({
      layers: layerTable,
      images,
      files: this.#files,
      snapshotter: options.snapshotter,
      kept: async () => (await options.kept?.()) ?? [],
    });
    this.#ground = {
      references: (id) => names.of(id),
      isPart: (id) => names.isPart(id),
      partsOf: (reference) => names.indexOf(reference)?.images ?? [],
      users: options.users,
      hasChildren: (id) => [...images.all()].some(({ image }) => image.parent === id),
      get: (id) => this.get(id),
      untag: (id, references) => this.#untag(id, references),
      destroy: (image) => this.#destroy(image),
    };
  }

  get diskUsage(): { layersSize: number } {
    let layersSize = 0;
    for (const layer of this.layerTable.all()) layersSize += layer.bytes;
    return { layersSize };
  }

  get imagesSize(): number {
    return layerSizes(this.#all()).total;
  }

  get(id: ImageId): Image | undefined {
    return this.images.get(id)?.image;
  }

  manifestOf(id: ImageId): ManifestDescriptor | undefined {
    const entry = this.images.get(id);
    if (entry === undefined) return undefined;
    const { os, architecture, variant } = entry.image.config;
    const platform = { architecture, os, ...(variant !== undefined && { variant }) };
    return { ...manifestDescriptor(entry.stored), platform };
  }

  find(name: string, platform?: Platform): Image | undefined {
    return this.#finder.find(name, platform);
  }

  resolve(name: string, platform?: Platform): Image {
    return this.#finder.resolve(name, platform);
  }

  platforms(name: string): ImageIndex | undefined {
    return this.#naming.platforms(name);
  }

  references(id: ImageId): { tags: string[]; digests: string[] } {
    return splitReferences(this.names.of(id));
  }

  list(options: ListOptions = {}): ImageSummary[] {
    return listImages(
      {
        images: this.#all(),
        references: (id) => this.names.of(id),
        isPart: (id) => this.names.isPart(id),
        resolve: (name) => this.resolve(name),
        target: (image, references, manifests) => {
          const { Descriptor, Manifests } = this.#target(image.id, this.#indexAmong(references));
          return { Descriptor, ...(manifests === 'listed' && { Manifests: Manifests() }) };
        },
      },
      options,
    );
  }

  inspect(name: string, platform?: Platform): ImageInspect {
    const { id } = this.resolve(name, platform);
    const inspected = inspect(this.images.get(id)!, this.names.of(id), this.options.snapshotter);
    const { Descriptor, Manifests } = this.#target(id, platform === undefined ? this.#finder.indexOf(name) : undefined);
    return { ...inspected, Descriptor, Manifests: Manifests() };
  }

  #indexAmong(references: readonly Reference[]): StoredIndex | undefined {
    for (const reference of references) {
      const index = this.names.indexOf(reference);
      if (index !== undefined) return index;
    }
    return undefined;
  }

  /** What an image's name means: all of an index where it has one, else the image alone. */
  #target(
    id: ImageId,
    index: StoredIndex | undefined,
  ): { Descriptor: ManifestDescriptor; Manifests(): ImageManifest[] } {
    const Manifests = (): ImageManifest[] =>
      (index?.images ?? [id]).flatMap((part) => {
        const entry = this.images.get(part);
        return entry === undefined ? [] : [describeManifest(entry, this.options.users(part))];
      });
    if (index === undefined) return { Descriptor: manifestDescriptor(this.images.get(id)!.stored), Manifests };
    const { mediaType, digest, size } = index;
    return { Descriptor: { mediaType, digest, size }, Manifests };
  }

  history(name: string, platform?: Platform): HistoryRow[] {
    const image = this.resolve(name, platform);
    return historyRows(image, { get: (id) => this.get(id), references: (id) => this.names.of(id) });
  }

  layers(name: string, signal?: AbortSignal): Promise<LayerListing> {
    const image = this.resolve(name);
    return listLayers(image, this.references(image.id).tags, this.#files, signal);
  }

  async tag(name: string, target: string): Promise<void> {
    const image = this.resolve(name);
    const parsed = parseReference(target);
    if (!parsed.ok) throw invalid({ code: 'reference-invalid', message: parsed.problem, subject: target });
    if (parsed.reference.digest !== undefined) {
      throw invalid({
        code: 'reference-invalid',
        message: 'refusing to create a tag with a digest reference',
        subject: target,
      });
    }
    const reference = withDefaultTag(parsed.reference);
    await this.#naming.tag(reference, image.id, this.#finder.indexOf(name));
    this.options.publish('tag', image.id, this.#attributes(image, familiarReference(reference)));
  }

  async remove(name: string, options: RemoveOptions = {}): Promise<RemovedImage[]> {
    const broken = this.#finder.brokenOf(name);
    if (broken !== undefined) return this.#removeBroken(broken);
    const image = this.resolve(name);
    const hex = name.replace(/^sha256:/, '');
    const parsed = parseReference(name);
    const named = parsed.ok ? withDefaultTag(parsed.reference) : undefined;
    const isName = named !== undefined && this.names.get(named) === image.id;
    const isId = !isName && digestHex(image.id).startsWith(hex);
    return removeImage(this.#ground, { image, name, reference: isId ? undefined : named }, options);
  }

  async prune(filters: Filters): Promise<{ removed: RemovedImage[]; reclaimed: number }> {
    const before = this.diskUsage.layersSize;
    const ground = {
      ...this.#ground,
      images: () => this.#all(),
      imageOf: (reference: Reference) => this.names.get(reference),
      isBeingMade: (id: ImageId) => this.#making.has(id),
    };
    const removed = await pruneImages(ground, filters, this.options.now?.() ?? new Date());
    const reclaimed = before - this.diskUsage.layersSize;
    this.options.publish('prune', '', { reclaimed: String(reclaimed) });
    return { removed, reclaimed };
  }

  addLayer(blob: Digest, options: AddLayerOptions = {}): Promise<Layer> {
    return this.layerTable.add(blob, options);
  }

  takeLayer(tar: Readable, options: TakeLayerOptions): Promise<Layer> {
    return this.layerTable.take(tar, options);
  }

  layer(diffId: DiffId): Layer | undefined {
    return this.layerTable.get(diffId);
  }

  layerOfBlob(blob: Digest): Layer | undefined {
    return this.layerTable.ofBlob(blob);
  }

  hold(layers: readonly DiffId[]): Disposable {
    return this.layerTable.hold(layers);
  }

  async create({ config, layers, parent, inlineCache, references = [], event }: NewImage): Promise<Image> {
    using _held = this.hold(layers);
    using pin = this.options.blobs.pin();
    const found = this.layerTable.require(layers);
    const whole: ImageConfig = { ...config, rootfs: { type: 'layers', diff_ids: [...layers] } };
    const blob = await this.options.blobs.put(Buffer.from(encodeImageConfig(whole, inlineCache)), { pin });
    const id = asImageId(blob.digest);
    using _making = this.making([id]);
    const known = this.get(id);
    const add = async (): Promise<Image> => {
      await this.layerTable.written(layers);
      const manifest = await putManifest(blob, found, this.options.blobs, pin);
      return this.images.add(id, { ...manifest, parent, lastTagTime: '' });
    };
    const image = known ?? (await add());
    if (event !== undefined && known === undefined) this.options.publish(event, id, this.#attributes(image, id));
    await this.#naming.point(references, id);
    return image;
  }

  async register(registered: RegisteredImage): Promise<Image> {
    using _held = this.hold(registered.layers);
    using pin = this.options.blobs.pin([registered.config]);
    const id = asImageId(registered.config);
    using _making = this.making([id]);
    const layers = this.layerTable.require(registered.layers);
    if (registered.manifest !== undefined) pin.add(registered.manifest.digest);
    const image = this.get(id) ?? (await this.#take(registered, layers, pin));
    await this.#naming.point(registered.references, id);
    return image;
  }

  async #take({ config, manifest }: RegisteredImage, layers: readonly Layer[], pin: BlobPin): Promise<Image> {
    const { blobs } = this.options;
    await this.layerTable.written(layers.map(({ diffId }) => diffId));
    const kept = await keepManifest(manifest, await blobs.stat(config), layers, blobs, pin);
    return this.images.add(asImageId(config), { ...kept, parent: undefined, lastTagTime: '' });
  }

  async combine(ids: readonly ImageId[], references: readonly Reference[], brought?: BroughtIndex): Promise<Image> {
    using _making = this.making(ids);
    return await this.#naming.combine(ids, references, brought);
  }

  async join(id: ImageId, references: readonly Reference[]): Promise<void> {
    using _making = this.making([id]);
    await this.#naming.join(id, references);
  }

  async alias(name: string, references: readonly Reference[]): Promise<void> {
    await this.#naming.point(references, this.resolve(name).id, this.#finder.indexOf(name));
  }

  making(ids: readonly ImageId[]): Disposable {
    this.#making.add(ids);
    return { [Symbol.dispose]: () => this.#making.remove(ids) };
  }

  async discard(layers: readonly DiffId[]): Promise<void> {
    if (layers.length > 0 || this.#sweeper.hasSkipped) await this.#sweeper.sweep(layers);
  }

  async collect(digests: Iterable<Digest>): Promise<void> {
    for (const digest of digests) {
      if (!this.#usesBlob(digest)) await this.options.blobs.delete(digest);
    }
  }

  #usesBlob(digest: Digest): boolean {
    return this.images.usesBlob(digest) || this.names.usesBlob(digest) || this.layerTable.ofBlob(digest) !== undefined;
  }

  unpack(image: Pick<Image, 'layers'>, signal?: AbortSignal): Promise<ChainId | undefined> {
    return this.layerTable.unpack(
      image.layers.map(({ diffId }) => diffId),
      signal,
    );
  }

  async recover(): Promise<string[]> {
    const log = [
      ...(await this.layerTable.recover()),
      ...(await this.images.recover()),
      ...(await this.names.recover()),
    ];
    for (const [id, error] of this.images.broken) log.push(`image ${id} cannot be used: ${error.message}`);
    // Whose config cannot be read may need anything that is here.
    if (this.images.broken.size === 0) {
      for (const diffId of await this.#sweeper.sweepAllLayers()) log.push(`removed layer ${diffId}`);
      for (const { digest } of await this.options.blobs.list()) {
        if (this.#usesBlob(digest)) continue;
        await this.options.blobs.delete(digest);
        // Some are pinned by what may go on.
        if (!(await this.options.blobs.has(digest))) log.push(`removed blob ${digest}`);
      }
    }
    log.push(...(await unpackLost(this.images, this.layerTable, this.options.snapshotter)));
    log.push(...(await this.#sweeper.sweepAllSnapshots()).map((chain) => `removed snapshot ${chain}`));
    log.push(...(await this.#files.recover((diffId) => this.layerTable.get(diffId) !== undefined)));
    await this.#naming.offer();
    return log;
  }

  #all(): Image[] {
    return [...this.images.all()].map(({ image }) => image);
  }

  /** Removes an image of which nothing but its name can be read, so that a pull or a build makes it whole again. */
  async #removeBroken(id: ImageId): Promise<RemovedImage[]> {
    const references = this.names.of(id);
    await this.#untag(id, references);
    await this.images.delete(id);
    await this.options.blobs.delete(configDigest(id));
    if (this.images.broken.size === 0) await this.#sweeper.sweepAllLayers();
    return [...references.map((each) => ({ Untagged: familiarReference(each) })), { Deleted: id }];
  }

  async #untag(id: ImageId, references: readonly Reference[]): Promise<void> {
    await this.#naming.drop(references);
    const image = this.get(id);
    for (const reference of references) {
      this.options.publish('untag', id, image === undefined ? {} : this.#attributes(image, id));
      if (reference.tag === undefined) break;
    }
  }

  async #destroy(image: Image): Promise<readonly string[] | undefined> {
    // Somebody may have pulled, built or named it again since it lost its last name.
    const { id } = image;
    const isNamed = this.names.of(id).length > 0 || this.names.isPart(id);
    if (this.#making.has(id) || isNamed || this.get(id) !== image) return undefined;
    await this.images.delete(image.id);
    const gone = await this.#sweeper.sweep(image.layers.map(({ diffId }) => diffId));
    await this.collect([image.manifest, configDigest(image.id)]);
    await this.#naming.offer();
    this.options.publish('delete', image.id, { name: image.id });
    return gone;
  }

  #attributes(image: Image, name: string): Record<string, string> {
    return { ...image.config.config.Labels, name };
  }
}
