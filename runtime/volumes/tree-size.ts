import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../os/errno.ts';

/** Sum of the sizes of the regular files below a folder, hard links once; what vanishes meanwhile does not count. */
export async function treeSize(root: string): Promise<number> {
  const counted = new Set<string>();
  let bytes = 0;
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) bytes += await fileSize(path, counted);
    }
  }
  return bytes;
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

async function fileSize(path: string, counted: Set<string>): Promise<number> {
  try {
    const info = await lstat(path);
    const inode = `${info.dev}:${info.ino}`;
    if (counted.has(inode)) return 0;
    counted.add(inode);
    return info.size;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return 0;
    throw error;
  }
}
