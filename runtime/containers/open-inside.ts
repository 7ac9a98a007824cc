import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { invalid, notFound } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

const MOST_LINKS = 40;
/** O_PATH of Linux: a place, not its contents, so that a FIFO or device is not touched. */
const O_PATH = 0o10000000;

/**
 * Opens what a relative path means below a folder, step by step, so that nobody who changes links meanwhile leads it out.
 * Errors: EngineError `invalid` for links that lead out of the folder, `not-found`.
 */
export async function openInside(root: string, path: string): Promise<FileHandle> {
  const waiting = path.split('/').filter((name) => name !== '' && name !== '.');
  const way: FileHandle[] = [await place(root, 0)];
  let links = 0;
  try {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const at = way.at(-1)!;
      if (name === '..') {
        if (way.length === 1) throw escapes(path);
        await way.pop()!.close();
        continue;
      }
      const inside = `/proc/self/fd/${at.fd}/${name}`;
      const next = await place(inside, constants.O_NOFOLLOW);
      if (!(await next.stat()).isSymbolicLink()) {
        way.push(next);
        continue;
      }
      await next.close();
      const target = await readlink(inside);
      if (target.startsWith('/') || ++links > MOST_LINKS) throw escapes(path);
      waiting.unshift(...target.split('/').filter((each) => each !== '' && each !== '.'));
    }
    return way.pop()!;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    const message = `cannot access subpath ${path}: no such file or directory`;
    throw notFound({ code: 'subpath-not-found', message, subject: path });
  } finally {
    for (const each of way) await each.close();
  }
}

function place(path: string, flags: number): Promise<FileHandle> {
  return open(path, O_PATH | flags);
}

function escapes(path: string) {
  const message = `cannot access subpath ${path}: its links lead out of the volume`;
  return invalid({ code: 'subpath-escapes', message, subject: path });
}
