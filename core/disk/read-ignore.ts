import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { IGNORE_NOTHING, type ParsedIgnore, parseIgnore } from '../ignore/ignore.ts';

/** A .dockerignore as found, with where it was. */
export interface FoundIgnore extends ParsedIgnore {
  /** Absolute; absent where there is none. */
  readonly file?: string;
}

/**
 * Reads the ignore file of a build: `<Dockerfile>.dockerignore` beside the Dockerfile, else `.dockerignore` in the
 * context's root; without either, nothing is excluded.
 */
export async function readIgnore(context: string, dockerfile: string, signal?: AbortSignal): Promise<FoundIgnore> {
  for (const file of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    const text = await readIfThere(file, signal);
    if (text !== undefined) return { ...parseIgnore(text), file };
  }
  return { value: IGNORE_NOTHING, problems: [] };
}

/** The text of a file; undefined where there is none, and too for a pipe or a device, whose end may never come. */
export async function readIfThere(file: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile() && !stats.isDirectory()) return undefined;
    return await handle.readFile({ encoding: 'utf8', ...(signal && { signal }) });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENXIO'].some((code) => isErrno(error, code))) return undefined;
    throw error;
  }
}

/** True for an error of the file system with that code. */
export function isErrno(error: unknown, code: string): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === code;
}
