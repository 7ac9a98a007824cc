import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

/** Folders of a root that are made over from outside, by programs that follow links there. */
const MADE_OVER = ['/proc', '/sys', '/dev'];

/** Refuses a root whose system folders lead elsewhere. Error: EngineError `invalid`, code `root-has-link`. */
export async function checkRoot(rootfs: string): Promise<void> {
  for (const path of MADE_OVER) {
    if (!(await isLink(join(rootfs, path)))) continue;
    throw invalid({
      code: 'root-has-link',
      message: `${path} of the image is a symbolic link: no container can be started on it; make it a folder`,
      subject: path,
    });
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
