import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { conflict, notFound } from '../errors.ts';
import { type Cgroup, emptyUsage, openCgroup } from '../os/cgroup.ts';
import type { ChildExit } from '../os/child-exit.ts';
import { isAlive, type ProcessIdentity, processStat, relatives } from '../os/process-tree.ts';
import { cgroupName } from './cgroup-name.ts';
import type { Machine } from './machine.ts';
import type { Exit, ResourceLimits, ResourceUsage } from './sandbox.ts';

const NANOSECONDS_PER_TICK = 1e7;
const PAGE = 4096;
const KILL = 9;
/** In a sandbox's folder, where its control group is not below the engine's own: its path. */
const GROUP_FILE = 'cgroup';

interface Running extends ProcessIdentity {
  readonly cgroup: Cgroup;
  readonly exited: Promise<Exit>;
  ended: boolean;
  /** This daemon has sent it SIGKILL. */
  killed: boolean;
}

/**
 * The sandboxes of one driver that have a process, and what is the same for every driver: signals, pauses, limits,
 * figures, and clearing up. Each has a folder below the state root, by which a later daemon finds it.
 */
export class RunningSandboxes {
  readonly #running = new Map<string, Running>();
  readonly #taken = new Set<string>();
  /** Of the sandboxes whose group is not below the engine's own. */
  readonly #groups = new Map<string, string>();

  constructor(
    readonly stateRoot: string,
    readonly machine: Machine,
  ) {}

  folder(id: string): string {
    return join(this.stateRoot, id);
  }

  cgroupPath(id: string): string {
    return this.#groups.get(id) ?? cgroupName('cgroupfs', id).path;
  }

  cgroup(id: string): Cgroup {
    return openCgroup(this.machine.groups, this.cgroupPath(id));
  }

  /** Takes the id and makes its folder; the control group will be at `group`, or below the engine's own. */
  async reserve(id: string, group?: string): Promise<string> {
    const folder = this.folder(id);
    if (this.#taken.has(id)) throw taken(id);
    this.#taken.add(id);
    await mkdir(this.stateRoot, { recursive: true, mode: 0o700 });
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (error) {
      this.#taken.delete(id);
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw taken(id);
      throw error;
    }
    if (group !== undefined && group !== this.cgroupPath(id)) {
      this.#groups.set(id, group);
      await writeFile(join(folder, GROUP_FILE), group);
    }
    return folder;
  }

  /** Takes the id of a sandbox that another daemon has made. */
  async claim(id: string): Promise<void> {
    if (!(await this.list()).includes(id)) {
      throw notFound({ code: 'sandbox-not-found', message: `no sandbox of this driver is called ${id}`, subject: id });
    }
    this.#taken.add(id);
    await this.#readGroup(id);
  }

  /** Records the first process; gives its end as the API tells it. */
  async started(id: string, pid: number, childExit: Promise<ChildExit>): Promise<{ readonly exited: Promise<Exit> }> {
    const cgroup = this.cgroup(id);
    const stat = await processStat(pid);
    const exited = childExit.then(async ({ exitCode, at, oomKilled }): Promise<Exit> => {
      running.ended = true;
      // Who takes the group away may be quicker than we are; a keeper has looked in time.
      if (oomKilled === 'likely') return { exitCode, at, oomKilled: !running.killed };
      if (oomKilled !== undefined) return { exitCode, at, oomKilled };
      const kills = await cgroup.oomKills().catch(() => 0);
      return { exitCode, at, oomKilled: kills > 0 };
    });
    const identity: ProcessIdentity = { pid, startTime: stat?.startTime ?? '' };
    const running: Running = { ...identity, cgroup, exited, ended: false, killed: false };
    this.#running.set(id, running);
    await writeFile(join(this.folder(id), 'process.json'), JSON.stringify(identity));
    return { exited };
  }

  /** The first process of a running sandbox. */
  pid(id: string): number {
    return this.#get(id).pid;
  }

  /** The same, told from a later one with its id. */
  identity(id: string): ProcessIdentity {
    const { pid, startTime } = this.#get(id);
    return { pid, startTime };
  }

  async kill(id: string, signal: number, all: boolean): Promise<void> {
    const running = this.#get(id);
    if (running.ended) throw notRunning(id);
    if (signal === KILL) running.killed = true;
    for (const pid of all ? await this.pids(id) : [running.pid]) sendSignal(pid, signal);
  }

  async freeze(id: string, state: 'frozen' | 'running'): Promise<void> {
    const { cgroup, ended } = this.#get(id);
    if (ended) throw notRunning(id);
    await cgroup.freeze(state);
  }

  async update(id: string, limits: ResourceLimits): Promise<void> {
    await this.#get(id).cgroup.update(limits);
  }

  /** From the control group, else the sum over the processes that run now. */
  async usage(id: string): Promise<ResourceUsage> {
    const { cgroup, pid } = this.#get(id);
    if (cgroup.folders.length === 0) return sumOfProcesses(pid);
    const usage = await cgroup.usage();
    const limit = usage.memory.limit > 0 ? Math.min(usage.memory.limit, totalmem()) : totalmem();
    return { ...usage, memory: { ...usage.memory, limit } };
  }

  async pids(id: string): Promise<number[]> {
    const { cgroup, pid, ended } = this.#get(id);
    if (cgroup.folders.length > 0) return cgroup.pids();
    return ended ? [] : (await relatives(pid)).map((each) => each.pid);
  }

  /** Kills what is left, waits for its end, removes the control group and the folder. */
  async remove(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) {
      if (!running.ended) {
        for (const pid of await this.pids(id)) sendSignal(pid, 9);
        sendSignal(running.pid, 9);
        await this.cgroup(id).remove();
        await running.exited;
      }
    } else {
      await this.#readGroup(id);
      await killForeign(this.folder(id));
    }
    await this.cgroup(id).remove();
    await rm(this.folder(id), { recursive: true, force: true });
    this.#running.delete(id);
    this.#taken.delete(id);
    this.#groups.delete(id);
  }

  async list(): Promise<string[]> {
    try {
      const entries = await readdir(this.stateRoot, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }

  async #readGroup(id: string): Promise<void> {
    const group = await readIfThere(join(this.folder(id), GROUP_FILE));
    if (group !== undefined) this.#groups.set(id, group);
  }

  #get(id: string): Running {
    const running = this.#running.get(id);
    if (running === undefined) {
      throw notFound({ code: 'sandbox-not-found', message: `no sandbox ${id} runs`, subject: id });
    }
    return running;
  }
}

/** Kills the first process that an earlier daemon started: with its pid namespace, everything in it goes. */
async function killForeign(folder: string): Promise<void> {
  const text = await readIfThere(join(folder, 'process.json'));
  if (text === undefined) return;
  const { pid, startTime } = JSON.parse(text) as ProcessIdentity;
  if (await isAlive({ pid, startTime })) sendSignal(pid, 9);
}

/** Undefined where there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Sends a signal to a process that may have ended meanwhile. */
export function sendSignal(pid: number, signal: number): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function sumOfProcesses(pid: number): Promise<ResourceUsage> {
  const processes = await relatives(pid);
  const sum = (of: (each: (typeof processes)[number]) => number): number =>
    processes.reduce((total, each) => total + of(each), 0);
  const user = sum((each) => each.userTime) * NANOSECONDS_PER_TICK;
  const kernel = sum((each) => each.kernelTime) * NANOSECONDS_PER_TICK;
  const empty = emptyUsage();
  return {
    ...empty,
    cpu: { ...empty.cpu, total: user + kernel, user, kernel },
    memory: { ...empty.memory, usage: sum((each) => each.rss) * PAGE, limit: totalmem() },
    pids: { current: processes.length, limit: undefined },
  };
}

function taken(id: string) {
  return conflict({ code: 'sandbox-id-taken', message: `there is a sandbox ${id} already`, subject: id });
}

function notRunning(id: string) {
  return conflict({ code: 'sandbox-not-running', message: `sandbox ${id} is not running`, subject: id });
}
