/** A layer in the stack of an image. */
export interface StackedLayer {
  /** Names the layer with all that is below it: what images share on disk. */
  readonly chain: string;
  /** Undefined where the engine does not say. */
  readonly bytes: number | undefined;
}

/** An image as it lies on disk, lowest layer first. */
export interface StackedImage {
  readonly id: string;
  readonly layers: readonly StackedLayer[];
}

/** What removing images frees: the layers that no image that stays has. `atLeast` where some of their sizes are unknown. */
export interface FreedBytes {
  readonly bytes: number;
  readonly atLeast: boolean;
}

/** Adds up the layers that only the images to be removed have, each once. */
export function freedBytes(images: readonly StackedImage[], removed: ReadonlySet<string>): FreedBytes {
  const kept = new Set(
    images.filter(({ id }) => !removed.has(id)).flatMap(({ layers }) => layers.map(({ chain }) => chain)),
  );
  const gone = new Map<string, number | undefined>();
  for (const { id, layers } of images) {
    if (!removed.has(id)) continue;
    // One image may say the size that another does not.
    for (const { chain, bytes } of layers) if (!kept.has(chain)) gone.set(chain, gone.get(chain) ?? bytes);
  }
  const sizes = [...gone.values()];
  return {
    bytes: sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
    atLeast: sizes.includes(undefined),
  };
}
