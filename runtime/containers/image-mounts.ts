import { notFound } from '../errors.ts';
import type { Floor } from './floor.ts';
import type { ContainerRecord, MountPoint } from './record.ts';

/** Keys of the snapshots on which containers' image mounts stand, and of writable layers: the container's ID leads. */
export const CONTAINER_KEY = /^([0-9a-f]{64})(-image-\d+)?$/;

/** The snapshot of an image mount, by its place among a container's mounts. */
export function imageMountKey(id: string, index: number): string {
  return `${id}-image-${index}`;
}

/** Finds the images of image mounts, of which others may have been asked for by ID. Error: EngineError `not-found`. */
export function withImages(floor: Floor, mounts: readonly MountPoint[]): MountPoint[] {
  return mounts.map((mount) =>
    mount.type === 'image' && mount.source === '' ? { ...mount, source: floor.images.resolve(mount.name).id } : mount,
  );
}

/** Makes a snapshot for each image mount: as long as the container lasts, what it shows does, though the image may go. */
export async function prepareImageMounts(floor: Floor, { id, mounts }: ContainerRecord): Promise<void> {
  for (const [index, { type, source, name }] of mounts.entries()) {
    if (type !== 'image') continue;
    const image = floor.images.find(source);
    if (image === undefined) {
      throw notFound({ code: 'image-not-found', message: `No such image: ${name}`, subject: name });
    }
    using _held = floor.images.hold(image.layers.map(({ diffId }) => diffId));
    await floor.snapshots.prepare(imageMountKey(id, index), await floor.images.unpack(image));
  }
}

/** Undoes `prepareImageMounts`, as far as that has come. */
export async function removeImageMounts(floor: Floor, { id, mounts }: ContainerRecord): Promise<void> {
  for (const [index, { type }] of mounts.entries()) {
    if (type === 'image') await floor.snapshots.remove(imageMountKey(id, index));
  }
}
