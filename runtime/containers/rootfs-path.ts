import { constants } from 'node:fs';
import { lstat, open, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';

const MOST_LINKS = 40;

/**
 * Where a container's path is on the host: every link, the last one too, is followed as the container would, so that none
 * leads out of its root. What does not exist is taken as it is written.
 */
export async function resolveInRoot(root: string, path: string): Promise<string> {
  const waiting = path.split('/').filter((name) => name !== '' && name !== '.');
  let done: string[] = [];
  let links = 0;
  while (waiting.length > 0) {
    const name = waiting.shift()!;
    if (name === '..') {
      done.pop();
      continue;
    }
    const target = await linkTarget(join(root, ...done, name));
    if (target === undefined) {
      done.push(name);
      continue;
    }
    if (++links > MOST_LINKS) {
      throw invalid({ code: 'too-many-links', message: `${path}: too many levels of symbolic links`, subject: path });
    }
    if (target.startsWith('/')) done = [];
    waiting.unshift(...target.split('/').filter((each) => each !== '' && each !== '.'));
  }
  return join(root, ...done);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isSymbolicLink() ? await readlink(path) : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return undefined;
    throw error;
  }
}

/** A small file of a container's root; undefined where there is none, or no plain file. */
export async function readInRoot(root: string, path: string, limit = 1 << 20): Promise<string | undefined> {
  try {
    return await readPlainFile(await resolveInRoot(root, path), limit, constants.O_NOFOLLOW);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The first `limit` bytes of a file, as text; undefined where there is none, or no plain file. `flags`: more of open's. */
export async function readPlainFile(path: string, limit: number, flags = 0): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | flags);
    const stat = await file.stat();
    if (!stat.isFile()) return undefined;
    const buffer = Buffer.alloc(Math.min(stat.size, limit));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return undefined;
    throw error;
  }
}
