import { close, fchmod, fchown, ftruncate, futimes, open, write } from 'node:fs';
import { promisify } from 'node:util';
import { setTimes } from '../os/syscalls.ts';
import { isZeros } from '../os/zeros.ts';

// The callback interface costs half of what fs/promises does, which counts with ten thousands of files.
const fs = {
  open: promisify(open),
  write: promisify(write),
  fchown: promisify(fchown),
  fchmod: promisify(fchmod),
  futimes: promisify(futimes),
  ftruncate: promisify(ftruncate),
  close: promisify(close),
};

/** The numbers of a user and a group. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Owner, permissions and time of a file to be. */
export interface FileAttributes {
  readonly mode: number;
  readonly owner: FileOwner | undefined;
  /** Nanoseconds since the epoch; may be negative. */
  readonly mtime: bigint;
  /** A file of the same size and attributes, which it is a hard link to where it holds the same. */
  readonly earlier?: Buffer | undefined;
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
    if (typeof content === 'function') await writeParts(fd, content);
    else await writeAll(fd, content, 0);
    if (attributes.owner !== undefined) await fs.fchown(fd, attributes.owner.uid, attributes.owner.gid);
    // After the owner, whose change takes setuid away; needless where the umask has let all bits through.
    if (attributes.mode & (SPECIAL_BITS | process.umask())) await fs.fchmod(fd, attributes.mode);
    const seconds = Number(attributes.mtime / 1_000_000_000n);
    await fs.futimes(fd, seconds, seconds);
  } finally {
    await fs.close(fd);
  }
  finishTime(path, attributes.mtime);
}

/** Sets what Node cannot: fractions of a second to the nanosecond, and times before 1970, which it takes for now. */
export function finishTime(path: Buffer, mtime: bigint): void {
  if (mtime < 0n || mtime % 1_000_000_000n !== 0n) setTimes(path, mtime, mtime);
}

/** setuid, setgid, sticky. */
const SPECIAL_BITS = 0o7000;

/** Bytes that become a hole where all of them are zero. */
const HOLE = 1 << 16;

/** Long stretches of zeros become holes, so that a sparse file takes no more space than it did. */
async function writeParts(fd: number, content: NextPart): Promise<void> {
  let size = 0;
  let end = 0;
  for (let part = await content(); part !== undefined; part = await content()) {
    for (const { from, to } of dataIn(part)) {
      await writeAll(fd, part.subarray(from, to), size + from);
      end = size + to;
    }
    size += part.length;
  }
  if (end < size) await fs.ftruncate(fd, size);
}

/** The stretches of a part that are not all zeros. */
function* dataIn(part: Buffer): Generator<{ readonly from: number; readonly to: number }> {
  let from = 0;
  for (let at = 0; at < part.length; at += HOLE) {
    const block = part.subarray(at, at + HOLE);
    if (!isZeros(block)) continue;
    if (from < at) yield { from, to: at };
    from = at + block.length;
  }
  if (from < part.length) yield { from, to: part.length };
}

async function writeAll(fd: number, data: Buffer, position: number): Promise<void> {
  for (let at = 0; at < data.length; ) {
    at += (await fs.write(fd, data, at, data.length - at, position + at)).bytesWritten;
  }
}
