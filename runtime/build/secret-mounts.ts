import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunMount } from '../../core/plan/effect.ts';
import { hasErrno } from '../os/errno.ts';
import { MountFlag, mount, unmount } from '../os/syscalls.ts';
import { BuildError } from './build-error.ts';
import type { Cleanup } from './cleanup.ts';
import type { StepContext } from './step-context.ts';

/** What a secret is for a RUN: a file that is shown at the mount's target, a variable, or both. */
export interface ShownSecret {
  readonly file?: string;
  readonly variable?: readonly [name: string, value: string];
}

/** The secrets of a RUN, in memory only, by their mounts; those that were not given and are not required are left out. */
export async function showSecrets(
  { request }: StepContext,
  mounts: readonly RunMount[],
  scratch: string,
  cleanup: Cleanup,
): Promise<ReadonlyMap<RunMount, ShownSecret>> {
  const shown = new Map<RunMount, ShownSecret>();
  if (mounts.length === 0) return shown;
  const folder = join(scratch, 'secrets');
  await mkdir(folder, { mode: 0o700 });
  inMemory(folder, cleanup);
  for (const [index, each] of mounts.entries()) {
    const id = each.id ?? '';
    const value = request.secrets?.get(id);
    if (value === undefined) {
      if (each.required) throw missing(id, each);
      continue;
    }
    const variable = each.env === undefined ? {} : { variable: [each.env, value.toString()] as const };
    if (each.variableOnly === true) {
      shown.set(each, variable);
      continue;
    }
    const file = join(folder, String(index));
    await writeFile(file, value, { mode: 0o600 });
    await chown(file, each.uid ?? 0, each.gid ?? 0);
    await chmod(file, each.mode ?? 0o400);
    shown.set(each, { file, ...variable });
  }
  return shown;
}

/** Keeps secrets off the disk, where the machine lets us mount; elsewhere the files go with the step. */
function inMemory(folder: string, cleanup: Cleanup): void {
  try {
    mount('tmpfs', folder, 'tmpfs', MountFlag.nosuid | MountFlag.nodev | MountFlag.noexec, 'mode=0700,size=16m');
  } catch (error) {
    if (hasErrno(error, 'EPERM', 'EACCES')) return;
    throw error;
  }
  cleanup.defer(() => unmount(folder));
}

function missing(id: string, { range }: RunMount): BuildError {
  return new BuildError('invalid', {
    code: 'secret-missing',
    message: `secret ${id}: not found: give it to the build with --secret id=${id},src=FILE`,
    range,
    subject: id,
  });
}
