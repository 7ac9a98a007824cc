import type { Stats } from 'node:fs';
import { lstat, open, readFile, rm, rmdir } from 'node:fs/promises';
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
      if (path === root || (await statsOf(path)) !== undefined) break;
      missing.add(path);
    }
  }
  return [...missing].sort((a, b) => b.length - a.length);
}

/**
 * Removes mount points that are still as the sandbox made them: empty, and where they were. A command may have put a link
 * in the way, whose other end is none of ours.
 */
export async function removeMountPoints(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    try {
      if (!(await isInPlace(root, path))) continue;
      const stats = await lstat(path);
      if (stats.isDirectory()) await rmdir(path);
      else if (stats.isFile() && stats.size === 0) await rm(path);
    } catch (error) {
      if (!hasErrno(error, 'ENOENT', 'ENOTEMPTY', 'ENOTDIR')) throw error;
    }
  }
}

interface KeptFile {
  /** On the host. */
  readonly path: string;
  /** Absent where there was none. */
  readonly before?: { readonly content: Buffer; readonly stats: Stats };
}

/**
 * Remembers files that a sandbox which cannot mount overwrites with its own. What is returned puts them back as they
 * were, their times included, or away where there were none; what a command put in their place stays.
 */
export async function rememberFiles(root: string, targets: readonly string[]): Promise<() => Promise<void>> {
  const kept = await Promise.all(
    targets.map(async (target): Promise<KeptFile> => {
      const path = await resolveInRoot(root, target);
      const stats = await statsOf(path);
      return { path, ...(stats?.isFile() === true && { before: { content: await readFile(path), stats } }) };
    }),
  );
  return async () => {
    for (const file of kept) if (await isInPlace(root, file.path)) await putBack(file);
  };
}

async function putBack({ path, before }: KeptFile): Promise<void> {
  if ((await statsOf(path))?.isFile() !== true) return;
  await rm(path);
  if (before === undefined) return;
  const { mode, uid, gid, atime, mtime } = before.stats;
  await using file = await open(path, 'wx', 0o600);
  await file.writeFile(before.content);
  await file.chown(uid, gid);
  await file.chmod(mode & 0o7777);
  await file.utimes(atime, mtime);
}

/** Whether a path, which went through no link, still goes through none. */
async function isInPlace(root: string, path: string): Promise<boolean> {
  return (await resolveInRoot(root, path.slice(root.length))) === path;
}

async function statsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
