import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from '../container.ts';
import type { Floor } from '../floor.ts';
import { mountSources } from '../mount-sources.ts';
import { mountVolumes } from '../mount-volumes.ts';
import type { FilesRoot } from './container-files.ts';

/** A container's root as long as somebody works on its files, whether the container runs or not. */
export interface MountedRoot extends AsyncDisposable {
  readonly view: FilesRoot;
}

/** Mounts a container's root for work from outside; disposing of it lets it go. What is in a tmpfs is not seen, as in Docker. */
export async function mountRoot(floor: Floor, container: Container): Promise<MountedRoot> {
  const { record, id, folder } = container;
  const user = `files-${randomUUID()}`;
  const root = await floor.snapshots.mount(id);
  const release = async (): Promise<void> => {
    await floor.volumes.unmount(user);
    await floor.snapshots.unmount(id);
  };
  const sources = await mountVolumes(floor, record, user)
    .then(() => mountSources(floor, record, folder))
    .catch(async (error: unknown) => {
      await release();
      throw error;
    });
  const mounts = record.mounts.flatMap(({ type, source, destination, readOnly }) =>
    type === 'tmpfs' ? [] : [{ source: sources.paths.get(destination) ?? source, destination, readOnly }],
  );
  for (const name of ['hosts', 'hostname', 'resolv.conf']) {
    const source = join(folder, name);
    const destination = `/etc/${name}`;
    if (mounts.some((mount) => mount.destination === destination)) continue;
    // Empty until the first start.
    await writeFile(source, '', { flag: 'a', mode: 0o644 });
    mounts.push({ source, destination, readOnly: false });
  }
  return {
    view: { root, mounts, readonlyRoot: record.hostConfig.ReadonlyRootfs },
    async [Symbol.asyncDispose]() {
      await sources[Symbol.asyncDispose]();
      await release();
    },
  };
}
