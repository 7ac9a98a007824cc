import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasErrno } from '../os/errno.ts';

/**
 * Writes a file so that a crash of the process or the machine leaves the old content or the new, never a part: temporary
 * name, fsync, rename, fsync of the folder.
 */
export async function writeFileAtomically(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = temporaryIn(dirname(path));
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A new name in a folder for what is not whole yet. */
export function temporaryIn(folder: string): string {
  return join(folder, `.${randomBytes(6).toString('hex')}.tmp`);
}

/** True for the name of a file that an interrupted write left. */
export function isTemporaryName(name: string): boolean {
  return name.startsWith('.') && name.endsWith('.tmp');
}

/** Renames so that the new name outlives a crash of the machine. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** fsync of a folder: the names in it outlive a crash of the machine. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder, with those above it, so that it outlives a crash of the machine. One that is there is no error. */
export async function makeFolderDurably(path: string, mode = 0o700): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Removes what interrupted writes left in a folder, which need not be there; gives the paths. */
export async function removeTemporaryFiles(folder: string): Promise<string[]> {
  const left = (await namesIn(folder)).filter(isTemporaryName).map((name) => join(folder, name));
  for (const path of left) await rm(path, { force: true });
  return left;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
