import { chmod, chown, lstat, readdir } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';
import { run } from '../os/spawn.ts';
import { resolveInRoot } from './rootfs-path.ts';

/** Fills an empty volume with what the image has at its place, owner and mode of the folder included, as Docker does. */
export async function copyUp(rootfs: string, destination: string, volume: string): Promise<void> {
  const source = await resolveInRoot(rootfs, destination);
  try {
    const stat = await lstat(source);
    if (!stat.isDirectory()) return;
    await chown(volume, stat.uid, stat.gid);
    await chmod(volume, stat.mode & 0o7777);
    if ((await readdir(source)).length === 0) return;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return;
    throw error;
  }
  await run('cp', ['-a', '--', `${source}/.`, `${volume}/`]);
}
