import { lstat, readFile } from 'node:fs/promises';
import { type CgroupMounts, findCgroupMounts } from '../os/cgroup-mounts.ts';
import { delegatedGroup } from '../os/delegated-group.ts';
import { parseCapabilitySet } from './capabilities.ts';

/** What bounds every container on this machine, read once. */
export interface Machine {
  readonly cgroups: CgroupMounts;
  /** Where the engine may make control groups: all of them as root, else what was delegated to it, if anything. */
  readonly groups: CgroupMounts;
  /** The daemon's own bounding set: nobody can give more than that, and asking for more fails. */
  readonly capabilities: readonly string[];
  /** The daemon is root of a user namespace only. */
  readonly rootless: boolean;
  /** The ids that there are in the daemon's user namespace: its `uid_map` and `gid_map` (user_namespaces(7)). */
  readonly uidMap: string;
  readonly gidMap: string;
  /** Group 5 exists in the daemon's user namespace. */
  readonly ttyGroup: boolean;
  /** The daemon's own hard limits by name (`nofile`); Infinity is unlimited. */
  readonly hardLimits: Readonly<Record<string, number>>;
  /** The least `oom_score_adj` that the daemon can give: its own, where it may not lower it. */
  readonly lowestOomScore: number;
  /** systemd runs, and root may ask it for control groups. */
  readonly systemd: boolean;
  /** The kernel filters system calls. */
  readonly seccomp: boolean;
}

/** The kernel's (proc(5), oom_score_adj). */
const LOWEST_OOM_SCORE = -1000;

/** Reads /proc, and /run for who manages the control groups. */
export async function surveyMachine(): Promise<Machine> {
  const [status, uidMap, gidMap, limits, oomScore, cgroups, systemd] = await Promise.all([
    readFile('/proc/self/status', 'utf8'),
    readFile('/proc/self/uid_map', 'utf8'),
    readFile('/proc/self/gid_map', 'utf8'),
    readFile('/proc/self/limits', 'utf8'),
    readFile('/proc/self/oom_score_adj', 'utf8'),
    findCgroupMounts(),
    // sd_booted(3)
    lstat('/run/systemd/system').then(
      (stats) => stats.isDirectory(),
      () => false,
    ),
  ]);
  const rootless = !/^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
  const capabilities = parseCapabilitySet(/^CapBnd:\s*(\w+)$/m.exec(status)?.[1] ?? '0');
  return {
    cgroups,
    groups: rootless ? await delegatedGroup(cgroups) : cgroups,
    capabilities,
    lowestOomScore: mayRaise({ capabilities, rootless }) ? LOWEST_OOM_SCORE : Number(oomScore),
    rootless,
    uidMap,
    gidMap,
    systemd: systemd && !rootless && cgroups.version !== 0,
    ttyGroup: isMapped(gidMap, 5),
    hardLimits: parseHardLimits(limits),
    seccomp: /^Seccomp:/m.test(status),
  };
}

/** Whether an id exists inside the user namespace, by its `uid_map` or `gid_map`. */
export function isMapped(map: string, id: number): boolean {
  return map.split('\n').some((line) => {
    const [inside, , count] = line.trim().split(/\s+/).map(Number);
    return inside !== undefined && count !== undefined && id >= inside && id < inside + count;
  });
}

const LIMIT_NAMES: Readonly<Record<string, string>> = {
  'Max cpu time': 'cpu',
  'Max file size': 'fsize',
  'Max data size': 'data',
  'Max stack size': 'stack',
  'Max core file size': 'core',
  'Max resident set': 'rss',
  'Max processes': 'nproc',
  'Max open files': 'nofile',
  'Max locked memory': 'memlock',
  'Max address space': 'as',
  'Max file locks': 'locks',
  'Max pending signals': 'sigpending',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
};

/** Hard limits by Docker's names from /proc/self/limits. */
export function parseHardLimits(text: string): Record<string, number> {
  const out: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const match = /^(Max [a-z ]+?)\s{2,}(\S+)\s+(\S+)/.exec(line);
    const name = match === null ? undefined : LIMIT_NAMES[match[1]!];
    if (name !== undefined) out[name] = match![3] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match![3]);
  }
  return out;
}

/** A container's `oom_score_adj` as far as this daemon can set it; undefined where none is wanted. */
export function boundedOomScore(machine: Machine, wanted: number | undefined): number | undefined {
  return wanted === undefined ? undefined : Math.max(wanted, machine.lowestOomScore);
}

/** The `oom_score_adj` of a process, which those that enter its container get, too. */
export async function oomScoreOf(pid: number): Promise<number> {
  return Number(await readFile(`/proc/${pid}/oom_score_adj`, 'utf8'));
}

/** The highest limits of resources that this daemon can set, by Docker's names; none where it can set any. */
export function highestUlimits(machine: Machine): Readonly<Record<string, number>> {
  return mayRaise(machine) ? {} : machine.hardLimits;
}

function mayRaise({ capabilities, rootless }: Pick<Machine, 'capabilities' | 'rootless'>): boolean {
  return capabilities.includes('CAP_SYS_RESOURCE') && !rootless;
}

/** The resource limits that this daemon can really set: never above its own hard limits. */
export function clampUlimits(
  machine: Machine,
  wanted: readonly { readonly name: string; readonly soft: number; readonly hard: number }[],
): { name: string; soft: number; hard: number }[] {
  const highest = highestUlimits(machine);
  return wanted.map(({ name, soft, hard }) => {
    const most = highest[name] ?? Number.POSITIVE_INFINITY;
    const bounded = Math.min(hard < 0 ? Number.POSITIVE_INFINITY : hard, most);
    return { name, hard: bounded, soft: Math.min(soft < 0 ? Number.POSITIVE_INFINITY : soft, bounded) };
  });
}
