import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../core/disk/sha256.ts';
import { digestHex } from '../../core/image/digest.ts';
import { hasErrno } from '../os/errno.ts';
import { writeFileAtomically } from '../store/atomic-file.ts';

/** Has a folder hold a text as a file that only the engine reads, named by what it holds; gives its path. */
export async function keepFile(folder: string, text: string, ending: string): Promise<string> {
  const path = join(folder, `${digestHex(sha256(text))}${ending}`);
  try {
    await access(path);
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
    await writeFileAtomically(path, text);
  }
  return path;
}
