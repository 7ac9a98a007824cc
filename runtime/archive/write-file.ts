import { close, fchmod, fchown, futimes, open, write } from 'node:fs';
import { promisify } from 'node:util';

// The callback interface costs half of what fs/promises does, which counts with ten thousands of files.
const fs = {
  open: promisify(open),
  write: promisify(write),
  fchown: promisify(fchown),
  fchmod: promisify(fchmod),
  futimes: promisify(futimes),
  close: promisify(close),
};

/** Owner, permissions and time of a file to be. */
export interface FileAttributes {
  readonly mode: number;
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Seconds since the epoch. */
  readonly mtime: number;
}

/** Content that comes in parts: undefined at its end. */
export type NextPart = () => Promise<Buffer | undefined>;

/** Makes a file that must not exist yet, never following a link. Fails with EEXIST. */
export async function writeNewFile(
  path: Buffer,
  attributes: FileAttributes,
  content: Buffer | NextPart,
): Promise<void> {
  const fd = await fs.open(path, 'wx', attributes.mode & 0o777);
  try {
    if (typeof content !== 'function') await writeAll(fd, content);
    else for (let part = await content(); part !== undefined; part = await content()) await writeAll(fd, part);
    if (attributes.owner !== undefined) await fs.fchown(fd, attributes.owner.uid, attributes.owner.gid);
    // After the owner, whose change takes setuid away; needless where the umask has let all bits through.
    if (attributes.mode & (SPECIAL_BITS | process.umask())) await fs.fchmod(fd, attributes.mode);
    await fs.futimes(fd, attributes.mtime, attributes.mtime);
  } finally {
    await fs.close(fd);
  }
}

/** setuid, setgid, sticky. */
const SPECIAL_BITS = 0o7000;

async function writeAll(fd: number, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length; ) {
    at += (await fs.write(fd, data, at, data.length - at, null)).bytesWritten;
  }
}
