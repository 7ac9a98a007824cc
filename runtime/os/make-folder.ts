import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasErrno } from './errno.ts';

/**
 * Makes a folder with its parents, unless it is there. Unlike Node's own recursive mkdir it ends where a parent refuses
 * new folders with ENOENT, as /proc does.
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return;
    const parent = dirname(path);
    if (!hasErrno(error, 'ENOENT') || parent === path) throw error;
    await makeFolder(parent, mode);
    await mkdir(path, { mode });
  }
}
