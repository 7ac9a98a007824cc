import { sha256 } from '../../core/disk/sha256.ts';
import { encodeImageConfig, type ImageConfig } from '../../core/image/config.ts';
import {
  asImageId,
  type ChainId,
  chainIds,
  configDigest,
  type DiffId,
  type Digest,
  digestHex,
  type ImageId,
} from '../../core/image/digest.ts';
import { encodeManifest } from '../../core/image/manifest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { familiarReference, parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { invalid, notFound } from '../errors.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { BlobInfo, BlobStore } from '../store/blob-store.ts';
import { historyRows, inspect, splitReferences } from './describe.ts';
import type {
  AddLayerOptions,
  Image,
  ImageStore,
  ImageUser,
  Layer,
  ListOptions,
  NewImage,
  PruneOptions,
  PublishImageEvent,
  RegisteredImage,
  RemoveOptions,
} from './image-store.ts';
import { ImageTable } from './image-table.ts';
import { LayerFiles, listLayers } from './layer-listing.ts';
import { LayerTable } from './layer-table.ts';
import { offerInLayout } from './layout-entries.ts';
import { listImages } from './list.ts';
import type { HistoryRow, ImageInspect, ImageSummary, LayerListing, RemovedImage } from './records.ts';
import { ReferenceTable } from './reference-table.ts';
import { type RemovalGround, removeImage } from './removal.ts';

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
  readonly now?: () => Date;
}

/** Opens the images below `root`. What cannot be used is left out and told of by an error when it is asked for. */
export async function openImageStore(options: ImageStoreOptions): Promise<ImageStore> {
  const layers = await LayerTable.open(options.root, options.blobs, options.snapshotter);
  const images = await ImageTable.open(options.root, options.blobs, layers);
  return new LocalImages(options, layers, images, await ReferenceTable.open(options.root));
}

class LocalImages implements ImageStore {
  readonly #files: LayerFiles;
  readonly #ground: RemovalGround;

  constructor(
    private readonly options: ImageStoreOptions,
    private readonly layerTable: LayerTable,
    private readonly images: ImageTable,
    private readonly names: ReferenceTable,
  ) {
    this.#files = new LayerFiles(options.root, options.blobs);
    this.#ground = {
      references: (id) => names.of(id),
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

  get(id: ImageId): Image | undefined {
    return this.images.get(id)?.image;
  }

  find(name: string): Image | undefined {
    const broken = this.#brokenOf(name);
    if (broken !== undefined) throw this.images.broken.get(broken);
    const hex = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(name)?.[1];
    if (hex?.length === 64) return this.images.findByPrefix(hex)?.image;
    const parsed = parseReference(name);
    if (parsed.ok) {
      const reference = withDefaultTag(parsed.reference);
      const { tag: _, ...byDigest } = reference;
      const id = this.names.get(reference.digest === undefined ? reference : byDigest);
      if (id !== undefined) return this.get(id);
    } else if (hex === undefined) {
      throw invalid({ code: 'reference-invalid', message: parsed.problem, subject: name });
    }
    return hex === undefined ? undefined : this.images.findByPrefix(hex)?.image;
  }

  resolve(name: string): Image {
    const image = this.find(name);
    if (image !== undefined) return image;
    const parsed = parseReference(name);
    const shown = parsed.ok ? familiarReference(withDefaultTag(parsed.reference)) : name;
    throw notFound({ code: 'image-missing', message: `No such image: ${shown}`, subject: shown });
  }

  references(id: ImageId): { tags: string[]; digests: string[] } {
    return splitReferences(this.names.of(id));
  }

  list(options: ListOptions = {}): ImageSummary[] {
    return listImages(
      {
        images: [...this.images.all()].map(({ image }) => image),
        references: (id) => this.names.of(id),
        resolve: (name) => this.resolve(name),
      },
      options,
    );
  }

  inspect(name: string): ImageInspect {
    const { id } = this.resolve(name);
    return inspect(this.images.get(id)!, this.names.of(id), this.options.snapshotter.name);
  }

  history(name: string): HistoryRow[] {
    const image = this.resolve(name);
    return historyRows(image, this.names.of(image.id));
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
    await this.#point([reference], image.id);
    this.options.publish('tag', image.id, this.#attributes(image, familiarReference(reference)));
  }

  async remove(name: string, options: RemoveOptions = {}): Promise<RemovedImage[]> {
    const broken = this.#brokenOf(name);
    if (broken !== undefined) return this.#removeBroken(broken);
    const image = this.resolve(name);
    const hex = name.replace(/^sha256:/, '');
    const parsed = parseReference(name);
    const named = parsed.ok ? withDefaultTag(parsed.reference) : undefined;
    const isName = named !== undefined && this.names.get(named) === image.id;
    const isId = !isName && digestHex(image.id).startsWith(hex);
    return removeImage(this.#ground, { image, name, reference: isId ? undefined : named }, options);
  }

  async prune({ dangling, filters }: PruneOptions): Promise<{ removed: RemovedImage[]; reclaimed: number }> {
    const before = this.diskUsage.layersSize;
    const removed: RemovedImage[] = [];
    const labels = filters?.get('label');
    const chosen = this.list(
      labels === undefined ? { all: true } : { all: true, filters: new Map([['label', labels]]) },
    );
    // An image can go as soon as those that were built on it have gone.
    for (let count = -1; count < removed.length; ) {
      count = removed.length;
      for (const { Id } of chosen) {
        const references = this.names.of(Id);
        const image = this.get(Id);
        if (image === undefined || this.options.users(Id).length > 0 || this.#ground.hasChildren(Id)) continue;
        if (dangling && references.length > 0) continue;
        for (const reference of references.length === 0 ? [undefined] : references) {
          if (this.get(Id) === undefined || (reference !== undefined && this.names.get(reference) !== Id)) continue;
          removed.push(...(await removeImage(this.#ground, { image, name: Id, reference }, {})));
        }
      }
    }
    return { removed, reclaimed: before - this.diskUsage.layersSize };
  }

  addLayer(blob: Digest, options: AddLayerOptions = {}): Promise<Layer> {
    return this.layerTable.add(blob, options);
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

  async create({ config, layers, parent }: NewImage): Promise<Image> {
    const found = this.layerTable.require(layers);
    const whole: ImageConfig = { ...config, rootfs: { type: 'layers', diff_ids: [...layers] } };
    const blob = await this.options.blobs.put(Buffer.from(encodeImageConfig(whole)));
    const id = asImageId(blob.digest);
    const known = this.get(id);
    if (known !== undefined) return known;
    const manifest = await this.#putManifest(blob, found);
    const image = await this.images.add(id, { ...manifest, parent, lastTagTime: '' });
    await this.#offer();
    return image;
  }

  async register(registered: RegisteredImage): Promise<Image> {
    const id = asImageId(registered.config);
    const layers = this.layerTable.require(registered.layers);
    const image = this.get(id) ?? (await this.#take(id, layers, registered.manifest));
    await this.#point(registered.references, id);
    return image;
  }

  async discard(layers: readonly DiffId[]): Promise<void> {
    await this.#sweep(layers);
  }

  unpack(image: Pick<Image, 'layers'>, signal?: AbortSignal): Promise<ChainId | undefined> {
    return this.layerTable.unpack(
      image.layers.map(({ diffId }) => diffId),
      signal,
    );
  }

  async recover(): Promise<string[]> {
    const log: string[] = [];
    for (const [id, error] of this.images.broken) log.push(`image ${id} cannot be used: ${error.message}`);
    const { diffIds, chains } = await this.#needed();
    // Whose config cannot be read may need anything that is here.
    if (this.images.broken.size === 0) {
      const layers = [...this.layerTable.all()].map(({ diffId }) => diffId);
      for (const layer of await this.layerTable.sweep(layers, diffIds)) log.push(`removed layer ${layer.diffId}`);
      const blobs = new Set<string>([...this.layerTable.all()].map(({ blob }) => blob));
      for (const { image } of this.images.all()) blobs.add(configDigest(image.id)).add(image.manifest);
      for (const { digest } of await this.options.blobs.list()) {
        if (blobs.has(digest)) continue;
        await this.options.blobs.delete(digest);
        log.push(`removed blob ${digest}`);
      }
    }
    const unneeded = (await this.options.snapshotter.list()).committed.filter((chain) => !chains.has(chain));
    log.push(...(await this.#removeSnapshots(unneeded)).map((chain) => `removed snapshot ${chain}`));
    return log;
  }

  /** The image of a name that cannot be used. */
  #brokenOf(name: string): ImageId | undefined {
    const { broken } = this.images;
    const parsed = parseReference(name);
    if (parsed.ok) {
      const { tag, digest, ...repository } = withDefaultTag(parsed.reference);
      const id = this.names.get(
        digest === undefined ? { ...repository, ...(tag && { tag }) } : { ...repository, digest },
      );
      if (id !== undefined) return broken.has(id) ? id : undefined;
    }
    const hex = /^(?:sha256:)?([0-9a-f]{4,64})$/.exec(name)?.[1];
    return hex === undefined ? undefined : [...broken.keys()].find((id) => digestHex(id).startsWith(hex));
  }

  /** Removes an image of which nothing but its name can be read, so that a pull or a build makes it whole again. */
  async #removeBroken(id: ImageId): Promise<RemovedImage[]> {
    const references = this.names.of(id);
    await this.#untag(id, references);
    await this.images.delete(id);
    await this.options.blobs.delete(configDigest(id));
    if (this.images.broken.size === 0) {
      const layers = [...this.layerTable.all()].map(({ diffId }) => diffId);
      await this.layerTable.sweep(layers, (await this.#needed()).diffIds);
    }
    return [...references.map((each) => ({ Untagged: familiarReference(each) })), { Deleted: id }];
  }

  /** Removes snapshots whose order is unknown: what something stands on goes after what stands on it. */
  async #removeSnapshots(unneeded: readonly ChainId[]): Promise<ChainId[]> {
    const gone: ChainId[] = [];
    for (let left = [...unneeded]; left.length > 0; ) {
      const now = new Set<ChainId>();
      for (const chain of left) {
        for (const removed of await this.layerTable.sweepSnapshots([chain], new Set())) now.add(removed);
      }
      if (now.size === 0) break;
      gone.push(...now);
      left = left.filter((chain) => !now.has(chain));
    }
    return gone;
  }

  /** Keeps the registry's manifest where it tells of the blobs that are here, else makes one that does. */
  async #take(id: ImageId, layers: readonly Layer[], manifest: RegisteredImage['manifest']): Promise<Image> {
    const { blobs } = this.options;
    const config = configDigest(id);
    if (manifest !== undefined) {
      const text = (await blobs.read(manifest.digest)).toString();
      if (layers.every(({ blob }) => text.includes(blob))) {
        const { digest, size } = await blobs.stat(manifest.digest);
        const kept = { manifest: digest, manifestType: manifest.mediaType, manifestSize: size };
        return this.images.add(id, { ...kept, parent: undefined, lastTagTime: '' });
      }
      await blobs.delete(manifest.digest);
    }
    const own = await this.#putManifest(await blobs.stat(config), layers);
    return this.images.add(id, { ...own, parent: undefined, lastTagTime: '' });
  }

  async #putManifest(config: BlobInfo, layers: readonly Layer[]) {
    const descriptors = layers.map(({ mediaType, blob, blobSize }) => ({ mediaType, digest: blob, size: blobSize }));
    const { digest, size } = await this.options.blobs.put(Buffer.from(encodeManifest(config, descriptors)));
    return { manifest: digest, manifestType: MediaType.ociManifest, manifestSize: size };
  }

  async #point(references: readonly Reference[], id: ImageId): Promise<void> {
    await this.names.set(references, id);
    if (references.some(({ tag }) => tag !== undefined)) {
      await this.images.tagged(id, (this.options.now?.() ?? new Date()).toISOString());
    }
    await this.#offer();
  }

  async #untag(id: ImageId, references: readonly Reference[]): Promise<void> {
    await this.names.delete(references);
    await this.#offer();
    const image = this.get(id);
    for (const reference of references) {
      this.options.publish('untag', id, image === undefined ? {} : this.#attributes(image, id));
      if (reference.tag === undefined) break;
    }
  }

  async #destroy(image: Image): Promise<readonly string[]> {
    await this.images.delete(image.id);
    const gone = await this.#sweep(image.layers.map(({ diffId }) => diffId));
    const manifests = new Set([...this.images.all()].map((entry) => entry.image.manifest));
    if (!manifests.has(image.manifest)) await this.options.blobs.delete(image.manifest);
    await this.options.blobs.delete(configDigest(image.id));
    await this.#offer();
    this.options.publish('delete', image.id, { name: image.id });
    return gone;
  }

  /** Removes layers that nothing needs, given as a stack, lowest first; gives the names of the stacks that went. */
  async #sweep(stack: readonly DiffId[]): Promise<ChainId[]> {
    const chain = chainIds(stack, sha256);
    const { diffIds, chains } = await this.#needed();
    const snapshots = new Set(await this.layerTable.sweepSnapshots(chain, chains));
    const layers = new Set((await this.layerTable.sweep(stack, diffIds)).map(({ diffId }) => diffId));
    for (const diffId of layers) await this.#files.forget(diffId);
    return chain.filter((each, i) => snapshots.has(each) || layers.has(stack[i]!)).reverse();
  }

  /** What images, and those whom the owner named, stand on. */
  async #needed(): Promise<{ diffIds: Set<DiffId>; chains: Set<ChainId> }> {
    const diffIds = new Set<DiffId>(await this.options.kept?.());
    const chains = new Set<ChainId>();
    for (const held of this.layerTable.held()) {
      for (const diffId of held) diffIds.add(diffId);
      for (const chain of chainIds(held, sha256)) chains.add(chain);
    }
    for (const { image } of this.images.all()) {
      for (const { diffId } of image.layers) diffIds.add(diffId);
      for (const chain of image.chain) chains.add(chain);
    }
    return { diffIds, chains };
  }

  #offer(): Promise<void> {
    return offerInLayout(this.options.blobs, this.images, this.names);
  }

  #attributes(image: Image, name: string): Record<string, string> {
    return { ...image.config.config.Labels, name };
  }
}
