import { readFile } from 'node:fs/promises';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { processStat } from '../os/process-tree.ts';
import { ProgramError, type RunResult, runAny } from '../os/spawn.ts';

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
  const ps = await runPs(words);
  if (ps === undefined) return fromProc(pids);
  if (ps.exitCode === 0) return parsePs(ps.stdout.toString('utf8'), new Set(pids.map(String)));
  // The first line says why, the others how it is used.
  const why = ps.stderr.split('\n', 1)[0] || `exit code ${ps.exitCode}`;
  throw invalid({ code: 'ps-failed', message: `ps: ${why}`, subject: psArgs });
}

/** Undefined where the machine has none. */
async function runPs(words: readonly string[]): Promise<RunResult | undefined> {
  try {
    return await runAny('ps', words);
  } catch (error) {
    if (error instanceof ProgramError && error.code === 'program-missing') return undefined;
    throw error;
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
