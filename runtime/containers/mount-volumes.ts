import type { MountedVolume } from '../volumes/volumes.ts';
import type { Floor } from './floor.ts';
import type { ContainerRecord } from './record.ts';

/**
 * Has the volumes of a container mounted for `user`, and says by name what they are; all or none. To be ended by
 * `floor.volumes.unmount(user)`. Errors: those of `Volumes.mount`.
 */
export async function mountVolumes(
  { volumes }: Floor,
  { mounts }: ContainerRecord,
  user: string,
): Promise<ReadonlyMap<string, MountedVolume>> {
  const mounted = new Map<string, MountedVolume>();
  try {
    for (const { type, name } of mounts) {
      if (type === 'volume' && !mounted.has(name)) mounted.set(name, await volumes.mount(name, user));
    }
    return mounted;
  } catch (error) {
    await volumes.unmount(user);
    throw error;
  }
}
