import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { hasErrno } from '../os/errno.ts';
import type { Surface } from './command.ts';
import { UsageError } from './usage-error.ts';

/** Where an archive goes that a command makes: `--output`. */
export const OUTPUT_OPTION = { output: { type: 'string', short: 'o' } } as const;
export const OUTPUT_HELP = { output: 'the file to write, instead of standard output' };

/** Refuses to begin where the archive would go to a terminal, or to a file in a folder that is not there. */
export async function checkOutput(file: string | undefined, { stdout }: Surface): Promise<void> {
  if (file === undefined) {
    if (stdout.isTTY === true) throw new UsageError('cowardly refusing to save to a terminal: use -o FILE or a pipe');
    return;
  }
  try {
    const folder = await stat(dirname(file));
    if (folder.isDirectory()) return;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
  throw new UsageError(`there is no folder ${dirname(file)} for ${basename(file)}`, file);
}

/** Writes an archive to a file, which appears when it is whole, or to standard output. */
export async function writeArchive(archive: Readable, file: string | undefined, surface: Surface): Promise<void> {
  const { stdout, signal } = surface;
  if (file === undefined) return pipeline(archive, stdout, { signal, end: false });
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}`);
  try {
    await pipeline(archive, createWriteStream(temporary, { flags: 'wx', mode: 0o600 }), { signal });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
