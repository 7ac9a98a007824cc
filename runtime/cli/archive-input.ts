import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { hasErrno } from '../os/errno.ts';
import type { Surface } from './command.ts';
import { UsageError } from './usage-error.ts';

/** Opens the archive that a command reads: a file, or standard input where undefined. Error: UsageError. */
export async function openArchive(file: string | undefined, { stdin }: Surface): Promise<Readable> {
  if (file === undefined) {
    if (stdin.isTTY === true) throw new UsageError('requested load from stdin, but stdin is a terminal: use -i FILE');
    return stdin;
  }
  try {
    if (!(await stat(file)).isDirectory()) return createReadStream(file, { highWaterMark: 1 << 20 });
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new UsageError(`open ${file}: no such file or directory`, file);
  }
  throw new UsageError(`${file} is a directory, not an archive`, file);
}
