import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../../os/errno.ts';
import type { Container } from '../container.ts';
import type { Floor } from '../floor.ts';
import type { FilesRoot } from './container-files.ts';

/** A container's root as long as somebody works on its files, whether the container runs or not. */
export interface MountedRoot extends AsyncDisposable {
  readonly view: FilesRoot;
}

/** Mounts a container's root for work from outside; disposing of it lets it go. What is in a tmpfs is not seen, as in Docker. */
export async function mountRoot(floor: Floor, container: Container): Promise<MountedRoot> {
  const { record, id, folder } = container;
  const root = await floor.snapshots.mount(id);
  const mounts = record.mounts.flatMap(({ type, source, destination, readOnly }) =>
    type === 'tmpfs' ? [] : [{ source, destination, readOnly }],
  );
  for (const name of ['hosts', 'hostname', 'resolv.conf']) {
    const source = join(folder, name);
    const destination = `/etc/${name}`;
    // It is there from the first start on.
    if (mounts.some((mount) => mount.destination === destination) || !(await exists(source))) continue;
    mounts.push({ source, destination, readOnly: false });
  }
  return {
    view: { root, mounts, readonlyRoot: record.hostConfig.ReadonlyRootfs },
    [Symbol.asyncDispose]: () => floor.snapshots.unmount(id),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}
