import type { ChainId, ImageId } from '../../core/image/digest.ts';
import type { Image } from './image-store.ts';

/** Bytes of layers, as `docker system df` counts them. */
export interface LayerSizes {
  /** Bytes of the layers that an image has in common with others. */
  readonly shared: ReadonlyMap<ImageId, number>;
  /** Bytes of all layers, a stack that several images begin with once. */
  readonly total: number;
}

/** Counts a layer as shared where two of the images stand on the same stack up to it. */
export function layerSizes(images: readonly Image[]): LayerSizes {
  const users = new Map<ChainId, number>();
  let total = 0;
  for (const { chain, layers } of images) {
    for (const [i, id] of chain.entries()) {
      const count = users.get(id) ?? 0;
      if (count === 0) total += layers[i]?.bytes ?? 0;
      users.set(id, count + 1);
    }
  }
  const sharedOf = ({ chain, layers }: Image): number =>
    layers.reduce((sum, { bytes }, i) => sum + ((users.get(chain[i]!) ?? 0) > 1 ? bytes : 0), 0);
  return { total, shared: new Map(images.map((image) => [image.id, sharedOf(image)])) };
}
