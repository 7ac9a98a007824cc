import { rm } from 'node:fs/promises';
import { run } from './run.mjs';

/**
 * Removes a folder in which an engine kept its data. An ordinary user's holds files of the ids that were mapped for
 * containers; those can be removed only where the ids are mapped again.
 */
export async function removeFolder(folder) {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if (!['EACCES', 'EPERM', 'ENOTEMPTY'].includes(error.code)) throw error;
    const args = ['--user', '--map-root-user', '--map-auto', 'rm', '-rf', '--', folder];
    const { code, output } = await run('unshare', args);
    if (code !== 0) throw new Error(`${folder} could not be removed: ${output.trim()}`, { cause: error });
  }
}
