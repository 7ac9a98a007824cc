import { mkdir, rm } from 'node:fs/promises';
import { readExitRecord } from '../keeper/exit-record.ts';
import type { KeeperLink } from '../keeper/link.ts';
import { type KeeperEntry, type KeeperLog, startKeeper } from '../keeper/start.ts';
import type { ChildExit } from '../os/child-exit.ts';
import { processStat } from '../os/process-tree.ts';
import type { Beginning, HeldCommand, HeldProcess, Holder } from './holder.ts';

/** How a process is kept beyond the daemon's life. */
export interface Keeping {
  /** Absolute path of the keeper's program. */
  readonly program: string;
  /** A folder that is the keeper's alone; made at the start. What an earlier one left in it goes, where a command starts it. */
  readonly folder: string;
  readonly log?: KeeperLog | undefined;
  /** Whether somebody listens to the output from the beginning. */
  readonly listens: 'on' | 'off';
}

/** A command of a keeper's, or what it starts itself. */
export interface KeeperCommand extends Omit<HeldCommand, 'args'> {
  readonly args: readonly string[] | KeeperEntry;
  /** Folder of a control group of version 2 in which the command starts; one that cannot ends with exit code 3. */
  readonly cgroup?: string | undefined;
}

export interface KeeperBeginning extends Beginning {
  /** Where the command left the process's id in a file, the keeper knows it. */
  take(pid?: number): Promise<HeldProcess>;
}

export interface KeeperHolder extends Holder {
  begin(command: KeeperCommand): Promise<KeeperBeginning>;
}

/** A keeper holds the process: both outlive the daemon. */
export function keeperHolder(keeping: Keeping): KeeperHolder {
  return { folder: keeping.folder, consoleName: 'console.sock', begin: (command) => begin(keeping, command) };
}

async function begin(
  keeping: Keeping,
  { args, process: spec, fds = [], pidFile, cgroup, memory }: KeeperCommand,
): Promise<KeeperBeginning> {
  const { program, folder, log, listens } = keeping;
  const link = await startKeeper({
    ...{ program, folder, log, listens, fds, pidFile, cgroup, memory },
    command: args,
    terminal: spec.tty,
    input: spec.stdin,
    user: spec.user,
  });
  if (spec.consoleSize) link.resize(spec.consoleSize.rows, spec.consoleSize.cols);
  return {
    command: link.command.then(
      (exitCode) => ({ exitCode, stderr: '' }),
      () => ({ exitCode: 137, stderr: 'the keeper has ended' }),
    ),
    async take(pid) {
      if (pidFile === undefined && pid !== undefined) link.adopt(pid);
      return heldBy(link, await link.running, spec, folder);
    },
    async abandon() {
      link.abandon();
      await link.ended.catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Makes a keeper's folder anew. */
export async function makeKeeperFolder(folder: string): Promise<void> {
  // Made just now, it is empty.
  if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** A process whose keeper one is connected to. */
export function heldBy(
  link: KeeperLink,
  pid: number,
  spec: { readonly tty: boolean; readonly stdin: boolean },
  folder: string,
): HeldProcess {
  link.unref();
  return {
    pid,
    stdin: spec.stdin ? link.stdin : undefined,
    stdout: link.stdout,
    stderr: spec.tty ? undefined : link.stderr,
    resize: (rows, cols) => link.resize(rows, cols),
    listen: (whether) => link.listen(whether),
    ended: end(link, pid, folder),
  };
}

/**
 * Milliseconds after its start in which a process's id can be no other one's: the kernel gives out all others before. Most
 * further processes have ended by then, and nothing has to be asked about them.
 */
const FRESH = 50;

/** A keeper that somebody has killed leaves a process that nobody reads: it goes, too. */
async function end(link: KeeperLink, pid: number, folder: string): Promise<ChildExit> {
  let before: ReturnType<typeof processStat> | undefined;
  const ask = setTimeout(() => {
    before = processStat(pid);
  }, FRESH).unref();
  try {
    return await link.ended;
  } catch {
    const record = await readExitRecord(folder);
    if (record !== undefined) return record;
    const is = await processStat(pid);
    if (is !== undefined && (before === undefined || (await before)?.startTime === is.startTime)) kill(pid);
    return { exitCode: 137, signal: 9, at: Date.now() };
  } finally {
    clearTimeout(ask);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
