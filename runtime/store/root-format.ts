import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { conflict, internal } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { writeFileAtomically } from './atomic-file.ts';

/**
 * Number of the form in which this engine writes its data root, keepers' words included. It is raised by a change that an
 * engine before it would not understand, or would lose by writing what it read; it never says what one after it can read.
 */
export const ROOT_FORMAT = 1;

const Document = z.object({
  format: z.int().check(z.positive()),
  /** Version of the engine that wrote this form first. */
  writtenBy: z.string(),
});

/**
 * Lets this engine use a data root, which the caller has locked: a root of an earlier form is from now on one of this form, and
 * so is one without a number, which is new or older than the numbers. Writes only where the number changes.
 *
 * Errors: `conflict` with code `root-newer` for a root of a later form; `internal` with code `root-format-corrupt`. Neither
 * changes anything in it.
 */
export async function takeRootFormat(root: string, version: string): Promise<void> {
  const path = join(root, 'format.json');
  const found = await readFormat(path);
  if (found?.format === ROOT_FORMAT) return;
  if (found !== undefined && found.format > ROOT_FORMAT) {
    throw conflict({
      code: 'root-newer',
      message: `lapstraked ${found.writtenBy} wrote the data in ${root} in a form (${found.format}) that this one, ${version}, does not know (it knows those up to ${ROOT_FORMAT}): nothing was changed, and containers run on`,
      subject: root,
      remedies: [`Start lapstraked ${found.writtenBy} or a later one`, 'Choose another --root'],
    });
  }
  await writeFileAtomically(path, `${JSON.stringify({ format: ROOT_FORMAT, writtenBy: version })}\n`);
}

async function readFormat(path: string): Promise<z.output<typeof Document> | undefined> {
  try {
    return z.parse(Document, JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (hasErrno(cause, 'ENOENT')) return undefined;
    throw internal({
      code: 'root-format-corrupt',
      message: `${path} does not say in which form the engine's data is: restore it, or choose another --root`,
      subject: path,
      cause,
    });
  }
}
