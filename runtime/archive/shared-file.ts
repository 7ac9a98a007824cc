import { type BigIntStats, constants } from 'node:fs';
import { chmod, copyFile, type FileHandle, lchown, link, lstat, open, rename } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';
import { setTimes } from '../os/syscalls.ts';
import { lstatOrUndefined } from './contained-path.ts';
import { type FileAttributes, type NextPart, writeNewFile } from './write-file.ts';

const CHUNK = 1 << 20;
/** Without it, another tree's file would say that it was read. */
const { O_RDONLY, O_NOFOLLOW, O_NOATIME } = constants;

/**
 * Makes a file that must not exist yet: a hard link to the earlier one where that holds the same, else one of its own. Fails
 * with EEXIST.
 */
export async function shareOrWrite(
  path: Buffer,
  attributes: FileAttributes,
  content: Buffer | NextPart,
): Promise<void> {
  const { earlier } = attributes;
  const isFree = earlier !== undefined && (await lstatOrUndefined(path)) === undefined;
  await using file = isFree ? await openEarlier(earlier) : undefined;
  if (earlier === undefined || file === undefined) return writeNewFile(path, attributes, content);
  const next = typeof content === 'function' ? content : onePart(content);
  let same = 0;
  for (let part = await next(); part !== undefined; part = await next()) {
    if (!(await holds(file, part, same))) {
      return writeNewFile(path, attributes, inTurn(partsOf(file, same), onePart(part), next));
    }
    same += part.length;
  }
  try {
    await link(earlier, path);
  } catch {
    // It has as many names as its file system allows, or is another user's: a copy does as well.
    await writeNewFile(path, attributes, partsOf(file, same));
  }
}

/** Undefined for one that has gone meanwhile, and for another user's, which only its owner may read without its saying so. */
function openEarlier(path: Buffer): Promise<FileHandle | undefined> {
  return open(path, O_RDONLY | O_NOFOLLOW | O_NOATIME).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT', 'EPERM', 'EACCES')) return undefined;
    throw error;
  });
}

/** Whether a file has these bytes at a place. */
async function holds(file: FileHandle, part: Buffer, position: number): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(part.length);
  for (let at = 0; at < part.length; ) {
    const { bytesRead } = await file.read(buffer, at, part.length - at, position + at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return buffer.equals(part);
}

function onePart(part: Buffer): NextPart {
  let left: Buffer | undefined = part;
  return async () => {
    const given = left;
    left = undefined;
    return given;
  };
}

/** The first bytes of a file. */
function partsOf(file: FileHandle, size: number): NextPart {
  let at = 0;
  return async () => {
    if (at === size) return undefined;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    at += bytesRead;
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
  };
}

function inTurn(...sources: readonly NextPart[]): NextPart {
  const left = [...sources];
  return async () => {
    for (let source = left[0]; source !== undefined; source = left[0]) {
      const part = await source();
      if (part !== undefined) return part;
      left.shift();
    }
    return undefined;
  };
}

/** Keeps hard links that an archive tells of apart from those to files of earlier trees. */
export class OwnLinks {
  readonly #own = new Set<bigint>();

  /** Makes a file that is about to get a further name one that no earlier tree has. `free` is a path of nothing, beside none. */
  async makeOwn(existing: Buffer, free: Buffer): Promise<void> {
    const stats = await lstat(existing, { bigint: true });
    if (!stats.isFile() || stats.nlink === 1n || this.#own.has(stats.ino)) {
      this.#own.add(stats.ino);
      return;
    }
    await copyFile(existing, free, constants.COPYFILE_EXCL);
    await takeAttributes(free, stats);
    await rename(free, existing);
    this.#own.add((await lstat(existing, { bigint: true })).ino);
  }
}

async function takeAttributes(path: Buffer, { uid, gid, mode, atimeNs, mtimeNs }: BigIntStats): Promise<void> {
  await lchown(path, Number(uid), Number(gid));
  await chmod(path, Number(mode) & 0o7777);
  setTimes(path, atimeNs, mtimeNs);
}
