import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { ImageTable } from './image-table.ts';
import type { LayerTable } from './layer-table.ts';

/** Unpacks again what containers stand on and a crash of the machine has taken. Gives a line for the log per layer. */
export async function unpackLost(images: ImageTable, layers: LayerTable, snapshotter: Snapshotter): Promise<string[]> {
  const log: string[] = [];
  for (const chain of await snapshotter.lost()) {
    const image = [...images.all()].find((entry) => entry.image.chain.includes(chain))?.image;
    if (image === undefined) {
      log.push(`layer ${chain}, which a container stands on, is gone, and no image has it`);
      continue;
    }
    const stack = image.layers.slice(0, image.chain.indexOf(chain) + 1);
    await layers.unpack(stack.map(({ diffId }) => diffId));
    log.push(`unpacked layer ${chain} again, which a crash of the machine may have damaged`);
  }
  return log;
}
