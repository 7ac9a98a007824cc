import type { Readable } from 'node:stream';
import type { ImageConfig } from '../../core/image/config.ts';
import type { ChainId, DiffId, Digest, ImageId } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import type { Reference } from '../../core/image/reference.ts';
import type { Filters } from '../../protocol/engine/filters.ts';
import type {
  HistoryRow,
  ImageInspect,
  ImageSummary,
  LayerListing,
  ManifestDescriptor,
  RemovedImage,
} from './records.ts';

/** A layer that the store holds as a blob, and that the snapshotter may hold unpacked. */
export interface Layer {
  readonly diffId: DiffId;
  /** The blob: the diff ID itself for a layer stored uncompressed. */
  readonly blob: Digest;
  /** Media type and bytes of the blob. */
  readonly mediaType: string;
  readonly blobSize: number;
  /** Sum of the sizes of the layer's files: what Docker calls the layer's size. */
  readonly bytes: number;
  /** Number of its entries, whiteouts included. */
  readonly files: number;
}

/** An image as the store holds it. */
export interface Image {
  readonly id: ImageId;
  readonly config: ImageConfig;
  /** Lowest first. */
  readonly layers: readonly Layer[];
  /** One for each layer, lowest first. */
  readonly chain: readonly ChainId[];
  /** Digest of its manifest, which the store holds too. */
  readonly manifest: Digest;
  /** The image that it was built on, where it was built here. */
  readonly parent: ImageId | undefined;
}

/** What `create` makes an image of. The layers must have been added. */
export interface NewImage {
  readonly config: Omit<ImageConfig, 'rootfs'>;
  /** Lowest first. */
  readonly layers: readonly DiffId[];
  readonly parent?: ImageId | undefined;
  /** What its config tells builds elsewhere, as JSON (`INLINE_CACHE`). */
  readonly inlineCache?: unknown;
  /** Names that it has from its first moment: without one it may be pruned at any time. */
  readonly references?: readonly Reference[] | undefined;
  /** What is told of it where it is new: `create` of one that was built or committed. */
  readonly event?: 'create' | undefined;
}

/** Images of several platforms under one name. */
export interface ImageIndex {
  /** Of the index of their manifests, a blob. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly images: readonly Image[];
}

/** An index that images came with, a blob. */
export type BroughtIndex = Pick<ImageIndex, 'digest' | 'mediaType'>;

/** A container that an image cannot be removed under. */
export interface ImageUser {
  readonly containerId: string;
  readonly running: boolean;
}

export interface RemoveOptions {
  /** Also where stopped containers use it or several repositories name it. */
  readonly force?: boolean;
  /** Keeps the untagged parents. */
  readonly noPrune?: boolean;
  /** Leaves an image that a reference, a container or another image needs as it is, without an error. */
  readonly onlyUnnamed?: boolean;
}

export interface ListOptions {
  /** Also images that are only parents of others. */
  readonly all?: boolean;
  /** `dangling`, `label`, `before`, `since`, `until`, `reference`. */
  readonly filters?: Filters;
  /** With `shared`, what images have in common with others is counted too. */
  readonly sizes?: 'own' | 'shared';
  /** Whether the manifests that each image stands for are listed with it. */
  readonly manifests?: 'listed' | 'none';
}

/**
 * Images by ID and by reference. `name` is what people write: a reference, an ID, or the beginning of one.
 * Errors: EngineError `not-found` (`No such image: x:latest`), `invalid` for what is no reference or filter, `conflict`.
 */
export interface ImageStore {
  /**
   * The image that a name means: of several platforms this machine's, or the one that is asked for. Error: EngineError
   * `not-found`, code `platform-missing`, where it has none for that.
   */
  resolve(name: string, platform?: Platform): Image;
  find(name: string, platform?: Platform): Image | undefined;
  /** What a name means on several platforms; undefined where it means one image. */
  platforms(name: string): ImageIndex | undefined;
  get(id: ImageId): Image | undefined;
  /** What an image's own manifest is found by; undefined where the image is not there. */
  manifestOf(id: ImageId): ManifestDescriptor | undefined;
  /** The references of an image, familiar: `busybox:latest`; and those by digest: `busybox@sha256:…`. */
  references(id: ImageId): { readonly tags: readonly string[]; readonly digests: readonly string[] };

  list(options?: ListOptions): ImageSummary[];
  inspect(name: string, platform?: Platform): ImageInspect;
  history(name: string, platform?: Platform): HistoryRow[];
  /** The files of each layer, and what the layers above waste of them. */
  layers(name: string, signal?: AbortSignal): Promise<LayerListing>;

  /** Points `target` (with the default tag where it has none) at the image of `name`. */
  tag(name: string, target: string): Promise<void>;
  remove(name: string, options?: RemoveOptions): Promise<RemovedImage[]>;
  /** Removes images that no container uses. Filters: `dangling`, which is true where it is not given, `until`, `label`, `label!`. */
  prune(filters: Filters): Promise<{ readonly removed: RemovedImage[]; readonly reclaimed: number }>;

  /** Announces a blob that holds a layer, checking that its uncompressed bytes have the diff ID where one is given. */
  addLayer(blob: Digest, options?: AddLayerOptions): Promise<Layer>;
  /** Stores a layer that is made here: its uncompressed tar, which is read once. */
  takeLayer(tar: Readable, options: TakeLayerOptions): Promise<Layer>;
  layer(diffId: DiffId): Layer | undefined;
  /** The layer that is stored as this blob. */
  layerOfBlob(blob: Digest): Layer | undefined;
  /** Makes an image of layers that were added. Making the same twice gives the same image. */
  create(image: NewImage): Promise<Image>;
  /** Takes in an image whose config is a blob already, and gives it its references. */
  register(image: RegisteredImage): Promise<Image>;
  /**
   * Has references mean several images, each for another platform (OCI image-spec, image-index.md); gives the one for
   * those who ask for none. `brought` is the index that they came with, a blob.
   */
  combine(images: readonly ImageId[], references: readonly Reference[], brought?: BroughtIndex): Promise<Image>;
  /** Has references mean an image beside those of other platforms that they mean already. */
  join(image: ImageId, references: readonly Reference[]): Promise<void>;
  /** Has references, by digest too, mean all that a name means. */
  alias(name: string, references: readonly Reference[]): Promise<void>;
  /** Keeps images, there or to come, that have no name yet from being taken for ones that nobody wants. */
  making(images: readonly ImageId[]): Disposable;
  /** Keeps a stack of layers (lowest first) from being removed while an image with them is made. */
  hold(layers: readonly DiffId[]): Disposable;

  /**
   * Removes those layers of a stack (lowest first), unpacked and not, that nothing needs: what failed half-way gives back
   * what it added. What earlier removals had to leave, since it was in use, goes too.
   */
  discard(layers: readonly DiffId[]): Promise<void>;
  /** Removes those blobs that are of no image and no layer, and that nobody has pinned. */
  collect(digests: Iterable<Digest>): Promise<void>;
  /** Has the snapshotter hold the image's layers, and gives the name of the stack; undefined for an image of no layers. */
  unpack(image: Pick<Image, 'layers'>, signal?: AbortSignal): Promise<ChainId | undefined>;
  /** Removes blobs and layers that no image, and nobody whom the owner named, needs. Only while nothing else works. */
  recover(): Promise<string[]>;
  /** Bytes of all layers, each once. */
  readonly diskUsage: { readonly layersSize: number };
  /** Bytes of the layers that images have, a stack that several begin with once. */
  readonly imagesSize: number;
}

export interface AddLayerOptions {
  readonly diffId?: DiffId | undefined;
  readonly mediaType?: string | undefined;
  /** Unpacks it over these layers while it is read; `[]` for the lowest. The snapshotter is not asked where undefined. */
  readonly over?: readonly DiffId[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TakeLayerOptions {
  /** Unpacks it over these layers, which must have been added. The snapshotter is not asked where undefined. */
  readonly over?: readonly DiffId[] | undefined;
  /** Stacks whose topmost layers may hold many of the same files (`UnpackOptions`). */
  readonly earlier?: readonly ChainId[] | undefined;
  /** Is told of the layer before anything may remove it, so that it can be held. */
  readonly found: (diffId: DiffId) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface RegisteredImage {
  readonly config: Digest;
  /** The manifest as a registry has it, a blob too; one is made where there is none. */
  readonly manifest?: { readonly digest: Digest; readonly mediaType: string } | undefined;
  readonly layers: readonly DiffId[];
  /** Tagged references and references by digest, both. */
  readonly references: readonly Reference[];
}

/** Tells the world that something happened to an image: an event's action, the image's ID or name, and its attributes. */
export type PublishImageEvent = (
  action: 'create' | 'pull' | 'tag' | 'untag' | 'delete' | 'load' | 'import' | 'push' | 'save' | 'prune',
  id: string,
  attributes: Readonly<Record<string, string>>,
) => void;
