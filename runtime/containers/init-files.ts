import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../os/errno.ts';
import { makeFolder } from '../os/make-folder.ts';
import { resolveInRoot } from './rootfs-path.ts';

/**
 * Makes the files by which programs tell a container of Docker's (`/.dockerenv`) and find what is mounted (`/etc/mtab`), where
 * they are not there (moby, daemon/initlayer). The container must not run yet.
 */
export async function makeInitFiles(rootfs: string): Promise<void> {
  const etc = await resolveInRoot(rootfs, '/etc');
  await makeFolder(etc, 0o755);
  await Promise.all([
    unlessThere(writeFile(join(rootfs, '.dockerenv'), '', { flag: 'wx', mode: 0o755 })),
    unlessThere(symlink('/proc/mounts', join(etc, 'mtab'))),
  ]);
}

/**
 * Makes the files in /etc in whose place the container's own are mounted: a volume that is filled from there has them then,
 * and may be read-only.
 */
export async function makeEtcFiles(rootfs: string): Promise<void> {
  const etc = await resolveInRoot(rootfs, '/etc');
  const make = (name: string): Promise<void> =>
    unlessThere(writeFile(join(etc, name), '', { flag: 'wx', mode: 0o755 }));
  await Promise.all(['hostname', 'hosts', 'resolv.conf'].map(make));
}

/** An image's /etc may be a file, too. */
async function unlessThere(made: Promise<void>): Promise<void> {
  try {
    await made;
  } catch (error) {
    if (!hasErrno(error, 'EEXIST', 'ENOTDIR')) throw error;
  }
}
