import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChildExit, childExit } from '../os/child-exit.ts';
import { hasErrno } from '../os/errno.ts';

/** An end as a keeper tells it: `memory` is 1 where it ran out, 0 where not, another number or none where it is not known. */
export function keptExit(status: number, at: number, memory?: number): ChildExit {
  const exit = childExit(status, at);
  return memory === 0 || memory === 1 ? { ...exit, oomKilled: memory === 1 } : exit;
}

/** What a keeper left of its process's end; undefined where it left nothing. */
export async function readExitRecord(folder: string): Promise<ChildExit | undefined> {
  try {
    const [status, at, memory] = (await readFile(join(folder, 'exit'), 'utf8')).trim().split(' ').map(Number);
    return status === undefined || at === undefined ? undefined : keptExit(status, at, memory);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
