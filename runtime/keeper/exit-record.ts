import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChildExit, childExit } from '../os/child-exit.ts';
import { hasErrno } from '../os/errno.ts';

/** What keepers say of memory; another number, or none, where nothing is known. */
const VERDICTS: Readonly<Record<number, boolean | 'likely'>> = { 0: false, 1: true, 3: 'likely' };

/** An end as a keeper tells it (`src/memory.h`). */
export function keptExit(status: number, at: number, memory?: number): ChildExit {
  const exit = childExit(status, at);
  const oomKilled = memory === undefined ? undefined : VERDICTS[memory];
  return oomKilled === undefined ? exit : { ...exit, oomKilled };
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
