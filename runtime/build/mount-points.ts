import { lstat, readFile, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
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

/**
 * Remembers files that a sandbox which cannot mount overwrites with its own. What is returned puts them back as they
 * were, their times included, or away where there were none.
 */
export async function rememberFiles(root: string, targets: readonly string[]): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    targets.map(async (target) => {
      const path = await resolveInRoot(root, target);
      if (!(await exists(path))) return { path, before: undefined };
      return { path, before: { content: await readFile(path), stats: await stat(path) } };
    }),
  );
  return async () => {
    for (const { path, before } of kept) {
      if (before === undefined) {
        await rm(path, { force: true });
        continue;
      }
      await writeFile(path, before.content);
      await utimes(path, before.stats.atime, before.stats.mtime);
    }
  };
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
