import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import type { ListedPath } from '../ignore/measure.ts';
import { childPath } from '../plan/file-tree.ts';

/** All paths below a folder, as far as they were read. */
export interface ContextListing {
  /** Parents before children, by name. */
  readonly paths: readonly ListedPath[];
  /** There are more than were read. */
  readonly cut: boolean;
}

/** Paths that are read at most: more would not fit into an editor's patience. */
const MOST_PATHS = 200_000;

/**
 * Lists a folder whole, ignored paths too, without following links. What cannot be read is left out. Throws what the file
 * system says where the folder itself cannot be read, and the signal's reason.
 */
export async function listContext(root: string, signal: AbortSignal): Promise<ContextListing> {
  const limit = pLimit(24);
  const paths: ListedPath[] = [];
  let waiting = [''];
  while (waiting.length > 0 && paths.length < MOST_PATHS) {
    signal.throwIfAborted();
    const found = await Promise.all(waiting.map((folder) => limit(() => readFolder(root, folder))));
    waiting = found.flat().flatMap(({ path, isDirectory }) => (isDirectory ? [path] : []));
    for (const each of found.flat()) paths.push(each);
  }
  return { paths: paths.slice(0, MOST_PATHS), cut: waiting.length > 0 || paths.length > MOST_PATHS };
}

async function readFolder(root: string, folder: string): Promise<ListedPath[]> {
  const found: ListedPath[] = [];
  try {
    for await (const entry of await opendir(join(root, folder), { bufferSize: 256 })) {
      const path = childPath(folder, entry.name);
      const isDirectory = entry.isDirectory();
      found.push({ path, isDirectory, size: isDirectory ? 0 : await sizeOf(join(root, path)) });
    }
  } catch (error) {
    if (folder === '' || !(error instanceof Error && 'code' in error)) throw error;
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Bytes of a file; 0 for anything else, and for one that is gone by now. */
async function sizeOf(path: string): Promise<number> {
  try {
    const stats = await lstat(path);
    return stats.isFile() ? stats.size : 0;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
}
