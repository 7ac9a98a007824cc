import type { Readable } from 'node:stream';
import {
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
import type { BlobStore } from '../store/blob-store.ts';
import { eventAttributes, splitReferences } from './describe.ts';
import { ImageFinder } from './find-image.ts';
import { ImageMaker } from './image-maker.ts';
import { ImageNames } from './image-names.ts';
import { ImageReader } from './image-reader.ts';
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
import { LayerFiles } from './layer-listing.ts';
import { LayerSweeper } from './layer-sweeper.ts';
import { LayerTable } from './layer-table.ts';
import { pruneImages } from './prune.ts';
import type {
  HistoryRow,
  ImageInspect,
  ImageSummary,
  LayerListing,
  ManifestDescriptor,
  RemovedImage,
} from './records.ts';
import { ReferenceTable } from './reference-table.ts';
import { type RemovalGround, removeImage } from './removal.ts';
import { layerSizes } from './shared-size.ts';
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
  readonly #maker: ImageMaker;
  readonly #reader: ImageReader;

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
    const { blobs, publish, snapshotter, users } = options;
    this.#reader = new ImageReader({ images, names, finder: this.#finder, files: this.#files, snapshotter, users });
    this.#maker = new ImageMaker({ blobs, layers: layerTable, images, naming: this.#naming, publish });
    this.#sweeper = new LayerSweeper({
      layers: layerTable,
      images,
      files: this.#files,
      snapshotter,
      kept: async () => (await options.kept?.()) ?? [],
    });
    this.#ground = {
      references: (id) => names.of(id),
      isPart: (id) => names.isPart(id),
      partsOf: (reference) => names.indexOf(reference)?.images ?? [],
      users,
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
    return this.#reader.manifestOf(id);
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
    return this.#reader.list(options);
  }

  inspect(name: string, platform?: Platform): ImageInspect {
    return this.#reader.inspect(name, platform);
  }

  history(name: string, platform?: Platform): HistoryRow[] {
    return this.#reader.history(name, platform);
  }

  layers(name: string, signal?: AbortSignal): Promise<LayerListing> {
    return this.#reader.layers(name, signal);
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
    this.options.publish('tag', image.id, eventAttributes(image, familiarReference(reference)));
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
      isBeingMade: (id: ImageId) => this.#maker.isMaking(id),
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

  create(image: NewImage): Promise<Image> {
    return this.#maker.create(image);
  }

  register(image: RegisteredImage): Promise<Image> {
    return this.#maker.register(image);
  }

  combine(ids: readonly ImageId[], references: readonly Reference[], brought?: BroughtIndex): Promise<Image> {
    return this.#maker.combine(ids, references, brought);
  }

  join(id: ImageId, references: readonly Reference[]): Promise<void> {
    return this.#maker.join(id, references);
  }

  async alias(name: string, references: readonly Reference[]): Promise<void> {
    await this.#naming.point(references, this.resolve(name).id, this.#finder.indexOf(name));
  }

  making(ids: readonly ImageId[]): Disposable {
    return this.#maker.making(ids);
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
      this.options.publish('untag', id, image === undefined ? {} : eventAttributes(image, id));
      if (reference.tag === undefined) break;
    }
  }

  async #destroy(image: Image): Promise<readonly string[] | undefined> {
    // Somebody may have pulled, built or named it again since it lost its last name.
    const { id } = image;
    const isNamed = this.names.of(id).length > 0 || this.names.isPart(id);
    if (this.#maker.isMaking(id) || isNamed || this.get(id) !== image) return undefined;
    await this.images.delete(image.id);
    const gone = await this.#sweeper.sweep(image.layers.map(({ diffId }) => diffId));
    await this.collect([image.manifest, configDigest(image.id)]);
    await this.#naming.offer();
    this.options.publish('delete', image.id, { name: image.id });
    return gone;
  }
}
