import { run } from './spawn.ts';

/** Returns when all that was written before to the file system of a folder is on its disk (syncfs(2), by coreutils' sync). */
export async function syncFileSystem(folder: string, signal?: AbortSignal): Promise<void> {
  await run('sync', ['-f', folder], { signal });
}
