import { join } from 'node:path';
import { conflict } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { makeFolder } from '../os/make-folder.ts';
import { DETACH, MountFlag, mount, unmount } from '../os/syscalls.ts';
import { DEFAULT_SHM_SIZE } from '../sandbox/defaults.ts';
import type { Container } from './container.ts';

/**
 * The folder on the host that is a container's /dev/shm, where it is not its own alone: that of a shareable container is
 * mounted here, for those that join it by `--ipc container:`. Error: EngineError `conflict` for one that shares nothing.
 */
export async function sharedMemory(
  container: Container,
  get: (name: string) => Container,
): Promise<string | undefined> {
  const { IpcMode: mode, ShmSize: size } = container.record.hostConfig;
  if (mode === 'host') return '/dev/shm';
  if (mode === 'shareable') {
    releaseSharedMemory(container);
    const folder = folderOf(container);
    await makeFolder(folder, 0o700);
    const flags = MountFlag.nosuid | MountFlag.nodev | MountFlag.noexec;
    mount('shm', folder, 'tmpfs', flags, `mode=1777,size=${size || DEFAULT_SHM_SIZE}`);
    return folder;
  }
  if (!mode.startsWith('container:')) return undefined;
  const donor = get(mode.slice('container:'.length));
  if (donor.record.hostConfig.IpcMode === 'shareable') return folderOf(donor);
  throw conflict({
    code: 'ipc-not-shareable',
    message: `can't join IPC of container ${donor.id}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)`,
    subject: donor.id,
  });
}

/** Gives up what `sharedMemory` has mounted, if anything. */
export function releaseSharedMemory(container: Container): void {
  if (container.record.hostConfig.IpcMode !== 'shareable') return;
  try {
    unmount(folderOf(container), DETACH);
  } catch (error) {
    if (!hasErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

function folderOf(container: Container): string {
  return join(container.folder, 'shm');
}
