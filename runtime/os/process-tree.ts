import { readFileSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';

/** A process id with the time of its start (clock ticks since boot), which tells it from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** Figures of /proc/PID/stat (proc(5)); undefined where the process has gone. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** Clock ticks. */
  readonly userTime: number;
  readonly kernelTime: number;
  readonly startTime: string;
  /** Pages. */
  readonly rss: number;
}

export async function processStat(pid: number): Promise<ProcessStat | undefined> {
  try {
    return parseStat(pid, await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The process's parent, without waiting; undefined where the process has gone. */
export function parentOf(pid: number): number | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'utf8')).parent;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function parseStat(pid: number, text: string): ProcessStat {
  // The command's name is in parentheses and may hold anything, so count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0]!,
    parent: Number(fields[1]),
    userTime: Number(fields[11]),
    kernelTime: Number(fields[12]),
    startTime: fields[19]!,
    rss: Number(fields[21]),
  };
}

/** Whether this very process still runs (a zombie does not). */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const stat = await processStat(identity.pid);
  return stat !== undefined && stat.startTime === identity.startTime && runs(stat);
}

/** Whether no process of that id runs. */
export async function hasEnded(pid: number): Promise<boolean> {
  const stat = await processStat(pid);
  return stat === undefined || !runs(stat);
}

function runs({ state }: ProcessStat): boolean {
  return state !== 'Z' && state !== 'X';
}

/** All processes in the pid namespace of this one, or, where that is the caller's own, the process and what it started. */
export async function relatives(pid: number): Promise<ProcessStat[]> {
  const pids = (await readdir('/proc')).map(Number).filter((each) => each > 0);
  const own = await pidNamespace('self');
  const wanted = await pidNamespace(pid);
  if (wanted === undefined) return [];
  if (wanted !== own) {
    const namespaces = await Promise.all(pids.map(pidNamespace));
    return present(await Promise.all(pids.filter((_pid, index) => namespaces[index] === wanted).map(processStat)));
  }
  const all = present(await Promise.all(pids.map(processStat)));
  const family = new Set([pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const each of all) if (family.has(each.parent)) family.add(each.pid);
  }
  return all.filter((each) => family.has(each.pid));
}

async function pidNamespace(pid: number | 'self'): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/ns/pid`);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function present(stats: readonly (ProcessStat | undefined)[]): ProcessStat[] {
  return stats.filter((each) => each !== undefined);
}

function isGone(error: unknown): boolean {
  // EACCES: a process of another user, which therefore is none of ours.
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ESRCH' || error.code === 'EACCES')
  );
}
