import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DETACH, MountFlag, mount, unmount } from '../os/syscalls.ts';
import type { Floor } from './floor.ts';
import { imageMountKey } from './image-mounts.ts';
import { openInside } from './open-inside.ts';
import type { ContainerRecord } from './record.ts';

/** Where images, and paths within images and volumes, are mounted on the host, until disposed of. */
export interface MountSources extends AsyncDisposable {
  /** By destination; what is not named has its source in its record. */
  readonly paths: ReadonlyMap<string, string>;
}

/**
 * Mounts what of a container's mounts is no folder of the host's by itself. A sandbox that has bound it does not need it
 * any longer. Errors: EngineError `invalid` for a path that leads out of its volume, `not-found` for one that is not there.
 */
export async function mountSources(floor: Floor, record: ContainerRecord, folder: string): Promise<MountSources> {
  const paths = new Map<string, string>();
  const undo: (() => Promise<void>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    for (const [index, { type, source, destination, subpath }] of record.mounts.entries()) {
      let path = source;
      if (type === 'image') {
        const key = imageMountKey(record.id, index);
        path = await floor.snapshots.mount(key);
        undo.push(() => floor.snapshots.unmount(key));
        paths.set(destination, path);
      }
      if (subpath === undefined) continue;
      const place = join(folder, `mount-${index}`);
      undo.push(() => rm(place, { recursive: true, force: true }));
      await bindInside(path, subpath, place);
      undo.push(async () => unmount(place, DETACH));
      paths.set(destination, place);
    }
    return { paths, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Binds the very file or folder that was found: what is put in its place meanwhile is not followed. */
async function bindInside(root: string, subpath: string, place: string): Promise<void> {
  await using found = await openInside(root, subpath);
  if ((await found.stat()).isDirectory()) await mkdir(place, { recursive: true, mode: 0o700 });
  else await writeFile(place, '', { mode: 0o600 });
  mount(`/proc/self/fd/${found.fd}`, place, '', MountFlag.bind | MountFlag.recursive);
}
