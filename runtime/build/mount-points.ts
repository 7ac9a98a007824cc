import { lstat, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveInRoot } from '../containers/rootfs-path.ts';
import { hasErrno } from '../os/errno.ts';

/** Where every sandbox mounts something. */
const ALWAYS = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/**
 * Finds the mount points that a root lacks, with the directories above them: the sandbox makes them, and they are not
 * what the command made. Longest first.
 */
export async function missingMountPoints(root: string, targets: readonly string[]): Promise<string[]> {
  const missing = new Set<string>();
  for (const target of [...ALWAYS, ...targets]) {
    const names = target.split('/').filter((name) => name !== '');
    for (let depth = names.length; depth > 0; depth--) {
      const path = await resolveInRoot(root, `/${names.slice(0, depth).join('/')}`);
      if (path === root || (await exists(path))) break;
      missing.add(path);
    }
  }
  return [...missing].sort((a, b) => b.length - a.length);
}

/** Removes mount points that are still as the sandbox made them: empty. */
export async function removeMountPoints(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      const stats = await lstat(path);
      if (stats.isDirectory()) await rmdir(path);
      else if (stats.isFile() && stats.size === 0) await rm(path);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTEMPTY', 'ENOTDIR')) throw error;
    }
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(join(path));
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
