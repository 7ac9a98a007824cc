import { encodeImageConfig, type ImageConfig } from '../../core/image/config.ts';
import { asImageId, type ImageId } from '../../core/image/digest.ts';
import type { Reference } from '../../core/image/reference.ts';
import type { BlobPin } from '../store/blob-pins.ts';
import type { BlobStore } from '../store/blob-store.ts';
import { UseCounts } from '../store/use-counts.ts';
import { eventAttributes } from './describe.ts';
import type { ImageNames } from './image-names.ts';
import type { BroughtIndex, Image, Layer, NewImage, PublishImageEvent, RegisteredImage } from './image-store.ts';
import type { ImageTable } from './image-table.ts';
import type { LayerTable } from './layer-table.ts';
import { keepManifest, putManifest } from './stored-manifest.ts';

/** What images are made from, and where they are put. */
export interface MakerGround {
  readonly blobs: BlobStore;
  readonly layers: LayerTable;
  readonly images: ImageTable;
  readonly naming: ImageNames;
  readonly publish: PublishImageEvent;
}

/** Makes images of layers that are there, and names them; nothing takes an image away before it has its names. */
export class ImageMaker {
  /** Images that do not have their names yet. */
  readonly #making = new UseCounts<ImageId>();

  constructor(private readonly ground: MakerGround) {}

  /** Whether somebody is about to name an image. */
  isMaking(id: ImageId): boolean {
    return this.#making.has(id);
  }

  /** Keeps images from being removed until it is disposed of. */
  making(ids: readonly ImageId[]): Disposable {
    this.#making.add(ids);
    return { [Symbol.dispose]: () => this.#making.remove(ids) };
  }

  /** An image of a config of ours; one that is there already is named only. */
  async create({ config, layers, parent, inlineCache, references = [], event }: NewImage): Promise<Image> {
    const { blobs, images, naming, publish } = this.ground;
    using _held = this.ground.layers.hold(layers);
    using pin = blobs.pin();
    const found = this.ground.layers.require(layers);
    const whole: ImageConfig = { ...config, rootfs: { type: 'layers', diff_ids: [...layers] } };
    const blob = await blobs.put(Buffer.from(encodeImageConfig(whole, inlineCache)), { pin });
    const id = asImageId(blob.digest);
    using _making = this.making([id]);
    const known = images.get(id)?.image;
    const add = async (): Promise<Image> => {
      await this.ground.layers.written(layers);
      const manifest = await putManifest(blob, found, blobs, pin);
      return images.add(id, { ...manifest, parent, lastTagTime: '' });
    };
    const image = known ?? (await add());
    if (event !== undefined && known === undefined) publish(event, id, eventAttributes(image, id));
    await naming.point(references, id);
    return image;
  }

  /** An image whose config and manifest came from elsewhere, and are kept as they came. */
  async register(registered: RegisteredImage): Promise<Image> {
    using _held = this.ground.layers.hold(registered.layers);
    using pin = this.ground.blobs.pin([registered.config]);
    const id = asImageId(registered.config);
    using _making = this.making([id]);
    const layers = this.ground.layers.require(registered.layers);
    if (registered.manifest !== undefined) pin.add(registered.manifest.digest);
    const image = this.ground.images.get(id)?.image ?? (await this.#take(registered, layers, pin));
    await this.ground.naming.point(registered.references, id);
    return image;
  }

  async #take({ config, manifest }: RegisteredImage, layers: readonly Layer[], pin: BlobPin): Promise<Image> {
    const { blobs, images } = this.ground;
    await this.ground.layers.written(layers.map(({ diffId }) => diffId));
    const kept = await keepManifest(manifest, await blobs.stat(config), layers, blobs, pin);
    return images.add(asImageId(config), { ...kept, parent: undefined, lastTagTime: '' });
  }

  /** One name for images of several platforms. */
  async combine(ids: readonly ImageId[], references: readonly Reference[], brought?: BroughtIndex): Promise<Image> {
    using _making = this.making(ids);
    return await this.ground.naming.combine(ids, references, brought);
  }

  /** Adds an image to what names mean already. */
  async join(id: ImageId, references: readonly Reference[]): Promise<void> {
    using _making = this.making([id]);
    await this.ground.naming.join(id, references);
  }
}
