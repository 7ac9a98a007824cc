import { readFile } from 'node:fs/promises';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { processStat } from '../os/process-tree.ts';
import { ProgramError, run } from '../os/spawn.ts';

/** `GET /containers/{id}/top`. */
export interface Top {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[];
}

/**
 * The processes with these ids, as the host's `ps` shows them with Docker's options, `-ef`; read from /proc where the
 * machine has no `ps`. Error: EngineError `invalid` for options that show no PID.
 */
export async function top(pids: readonly number[], psArgs: string): Promise<Top> {
  if (pids.length === 0) return { Titles: ['PID', 'CMD'], Processes: [] };
  const words = (psArgs || '-ef').split(/\s+/).filter((word) => word !== '');
  try {
    const { stdout } = await run('ps', words);
    return parsePs(stdout.toString('utf8'), new Set(pids.map(String)));
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    if (error.exitCode === undefined) return fromProc(pids);
    throw invalid({ code: 'ps-failed', message: `ps: ${error.stderr.trim() || error.message}`, subject: psArgs });
  }
}

/** Rows of `ps` for some processes; the last column takes the rest of its line. */
export function parsePs(output: string, pids: ReadonlySet<string>): Top {
  const [head = '', ...lines] = output.split('\n').filter((line) => line.trim() !== '');
  const titles = head.trim().split(/\s+/);
  const column = titles.indexOf('PID');
  if (column < 0) throw invalid({ code: 'ps-no-pid', message: "Couldn't find PID field in ps output" });
  const rows = lines.map((line) => {
    const words = line.trim().split(/\s+/);
    return [...words.slice(0, titles.length - 1), words.slice(titles.length - 1).join(' ')];
  });
  return { Titles: titles, Processes: rows.filter((row) => pids.has(row[column] ?? '')) };
}

async function fromProc(pids: readonly number[]): Promise<Top> {
  const rows = await Promise.all(
    pids.map(async (pid) => {
      const stat = await processStat(pid);
      if (stat === undefined) return undefined;
      return [String(pid), String(stat.parent), await commandOf(pid)];
    }),
  );
  return { Titles: ['PID', 'PPID', 'CMD'], Processes: rows.filter((row) => row !== undefined) };
}

async function commandOf(pid: number): Promise<string> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return '';
    throw error;
  }
}
