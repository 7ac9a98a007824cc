import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChildExit, childExit } from '../os/child-exit.ts';
import { hasErrno } from '../os/errno.ts';

/** What a keeper left of its process's end; undefined where it left nothing. */
export async function readExitRecord(folder: string): Promise<ChildExit | undefined> {
  try {
    const [status, at] = (await readFile(join(folder, 'exit'), 'utf8')).trim().split(' ').map(Number);
    return status === undefined || at === undefined ? undefined : childExit(status, at);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
