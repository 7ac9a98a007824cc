import { stat } from 'node:fs/promises';
import { type EngineError, invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { makeFolder } from '../os/make-folder.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import { resolveInRoot } from './rootfs-path.ts';

/**
 * Makes the folder that a container is to work in where its image has none, so that files can be copied there before the
 * first start. Error: EngineError `invalid`, in Docker's words, where the image has something else there.
 */
export async function makeWorkingFolder(
  snapshots: Pick<Snapshotter, 'mount' | 'unmount'>,
  key: string,
  path: string,
): Promise<void> {
  const root = await snapshots.mount(key);
  try {
    const folder = await resolveInRoot(root, path);
    await makeFolder(folder, 0o755);
    if (!(await stat(folder)).isDirectory()) throw noFolder(path);
  } catch (error) {
    throw hasErrno(error, 'ENOTDIR') ? noFolder(path) : error;
  } finally {
    await snapshots.unmount(key);
  }
}

function noFolder(path: string): EngineError {
  return invalid({
    code: 'working-folder-invalid',
    message: `Cannot mkdir: ${path} is not a directory`,
    subject: path,
    remedies: ['Work in a folder (--workdir)'],
  });
}
