import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../../os/errno.ts';
import { DETACH, MountFlag, mount, unmount } from '../../os/syscalls.ts';

/**
 * Node, mounted read-only at a path of the driver's own. The init runs from there, so that a container which gets at its
 * `/proc/self/exe` cannot write to the host's program.
 */
export async function mountOwnProgram(folder: string): Promise<string> {
  const path = join(folder, 'node');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await rm(path, { force: true }).catch(async (error: unknown) => {
    // Still mounted, by a driver before this one.
    if (!hasErrno(error, 'EBUSY')) throw error;
    unmount(path, DETACH);
    await rm(path);
  });
  await writeFile(path, '', { mode: 0o755 });
  mount(process.execPath, path, '', MountFlag.bind);
  mount('', path, '', MountFlag.bind | MountFlag.remount | MountFlag.readonly | MountFlag.nosuid | MountFlag.nodev);
  return path;
}
