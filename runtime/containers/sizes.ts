import type { Container } from './container.ts';
import type { Floor } from './floor.ts';
import type { ContainerSizes } from './inspect.ts';
import { MADE_BY_START } from './made-by-start.ts';

/** What a container has written, without what every one gets at its start, and that with its image. */
export async function sizesOf(
  { snapshots, images }: Pick<Floor, 'snapshots' | 'images'>,
  { id, record }: Container,
): Promise<ContainerSizes> {
  const { bytes } = await snapshots.usage(id, MADE_BY_START);
  const image = images.find(record.imageId);
  return { SizeRw: bytes, SizeRootFs: bytes + (image?.layers.reduce((sum, layer) => sum + layer.bytes, 0) ?? 0) };
}
