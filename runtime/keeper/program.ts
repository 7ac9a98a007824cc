import { access, chmod, constants, copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { unsupported } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

/**
 * The keeper's program for this machine, below the folder of the bundled programs. Where an unpacked extension has lost the
 * right to be executed, a copy in `ownFolder` has it. Error: `unsupported` where there is none for the processor.
 */
export async function keeperProgram(programs: string, ownFolder: string): Promise<string> {
  const name = `keeper-${process.arch}`;
  const path = join(programs, name);
  try {
    await access(path, constants.X_OK);
    return path;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) {
      throw unsupported({
        code: 'keeper-missing',
        message: `there is no keeper of containers for ${process.arch} processors in ${programs}`,
        remedies: ['Compile runtime/keeper for this processor: scripts/keeper.mjs'],
      });
    }
    if (!hasErrno(error, 'EACCES')) throw error;
  }
  const copy = join(ownFolder, name);
  await mkdir(ownFolder, { recursive: true, mode: 0o700 });
  await copyFile(path, `${copy}.new`);
  // Whoever a container's first user is may have to execute it, as its init.
  await chmod(`${copy}.new`, 0o755);
  // One that runs from the old file keeps it.
  await rename(`${copy}.new`, copy);
  return copy;
}
