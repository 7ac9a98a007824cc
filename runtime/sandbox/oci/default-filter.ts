import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runAny } from '../../os/spawn.ts';

/**
 * The filter of system calls that a runtime has given to a process, as the kernel has it. Undefined where it cannot be read
 * (CAP_SYS_ADMIN and a kernel with CONFIG_CHECKPOINT_RESTORE are needed), or is not all that filters the process's calls.
 */
export async function installedFilter(keeper: string, pid: number, folder: string): Promise<Buffer | undefined> {
  const file = join(folder, `filter-${randomBytes(6).toString('hex')}`);
  try {
    const { exitCode } = await runAny(keeper, ['--filter', String(pid), file]);
    return exitCode === 0 ? await readFile(file) : undefined;
  } finally {
    await rm(file, { force: true });
  }
}
