import type { BigIntStats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { hasErrno } from '../../os/errno.ts';

/**
 * The processes whose root folder this is, whoever started them: what tells those of a container where it has neither a
 * pid namespace nor a control group. The engine's own programs that work in that root are none of them.
 */
export async function processesInRoot(rootfs: string): Promise<number[]> {
  const [root, engine] = await Promise.all([look(rootfs), look('/proc/self/exe')]);
  if (root === undefined || engine === undefined) return [];
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const inRoot = await Promise.all(
    pids.map(async (pid) => {
      const [own, program] = await Promise.all([look(`/proc/${pid}/root`), look(`/proc/${pid}/exe`)]);
      return isSame(own, root) && !isSame(program, engine);
    }),
  );
  return pids.filter((_pid, index) => inRoot[index]);
}

/** Undefined for what is gone, and for processes that this one may not look at. */
async function look(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return undefined;
    throw error;
  }
}

function isSame(one: BigIntStats | undefined, other: BigIntStats): boolean {
  return one?.ino === other.ino && one.dev === other.dev;
}
