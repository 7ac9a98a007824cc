import { readFile } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { isErrno } from '../../../core/disk/read-ignore.ts';
import { invalid, notFound } from '../../errors.ts';
import { type Command, print, type Surface } from '../command.ts';
import { complaintLine, complaintRecord, complaintsOf } from '../dockerfile-complaints.ts';
import { FORMAT_OPTION, wantsJson } from '../output-format.ts';

/** `lapstrake lint`. Ends with 1 where there is an error or a warning, with 2 where a file cannot be read. */
export const lint: Command = {
  name: 'lint',
  usage: '[OPTIONS] FILE... (- reads stdin)',
  summary: 'Tell what is wrong with Dockerfiles; needs no engine',
  options: FORMAT_OPTION,
  optionHelp: { format: 'table (default: one line each) or json, one value a line' },
  positionals: [1, Number.POSITIVE_INFINITY],
  failureCode: 2,
  async run(args, surface) {
    const json = wantsJson(args);
    let isClean = true;
    for (const name of args.positionals) {
      const file = name === '-' ? '<stdin>' : name;
      for (const complaint of complaintsOf(await read(name, surface))) {
        isClean &&= complaint.severity === 'info';
        print(surface.stdout, json ? JSON.stringify(complaintRecord(file, complaint)) : complaintLine(file, complaint));
      }
    }
    return isClean ? 0 : 1;
  },
};

/** Errors: EngineError `not-found`, `invalid`. */
async function read(name: string, { stdin, signal }: Surface): Promise<string> {
  if (name === '-') return textOf(addAbortSignal(signal, stdin));
  try {
    return await readFile(name, { encoding: 'utf8', signal });
  } catch (cause) {
    if (isErrno(cause, 'ENOENT') || isErrno(cause, 'ENOTDIR')) {
      throw notFound({ code: 'dockerfile-missing', message: `there is no file ${name}`, subject: name, cause });
    }
    if (!(cause instanceof Error && 'code' in cause) || signal.aborted) throw cause;
    const message = `cannot read ${name}: ${cause.message}`;
    throw invalid({ code: 'dockerfile-unreadable', message, subject: name, cause });
  }
}
