import { readFile } from 'node:fs/promises';
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

async function readIfThere(file: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    return await readFile(file, { encoding: 'utf8', ...(signal && { signal }) });
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** True for an error of the file system with that code. */
export function isErrno(error: unknown, code: string): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === code;
}
