import { dirname, join } from 'node:path';
import type { Cgroup } from './cgroup.ts';
import {
  makeGroup,
  parseFlatKeyed,
  pidsBelow,
  readControl,
  readFigure,
  removeGroups,
  writeControl,
} from './cgroup-files.ts';
import type { CgroupMounts } from './cgroup-mounts.ts';
import type { BlockIoKind, ResourceLimits, ResourceUsage } from './resources.ts';

const THROTTLES = {
  readBps: 'rbps',
  writeBps: 'wbps',
  readIops: 'riops',
  writeIops: 'wiops',
} as const satisfies Record<BlockIoKind, string>;
const WANTED = ['cpu', 'cpuset', 'memory', 'pids', 'io'];

/** A control group on cgroup v2: one folder with all controllers. */
export function cgroupV2(mounts: CgroupMounts & { readonly version: 2 }, path: string): Cgroup {
  const folder = join(mounts.path, path);
  return {
    folders: [folder],
    memory: folder,
    async create(limits) {
      await makeGroup(folder);
      await enableControllers(join(mounts.path, mounts.below ?? ''), mounts.controllers, dirname(folder));
      await setLimits(folder, limits);
    },
    update: (limits) => setLimits(folder, limits),
    add: (pid) => writeControl(folder, 'cgroup.procs', pid),
    usage: async () => usage(folder),
    freeze: (state) => writeControl(folder, 'cgroup.freeze', state === 'frozen' ? 1 : 0),
    async oomKills() {
      return parseFlatKeyed(await readControl(folder, 'memory.events')).oom_kill ?? 0;
    },
    pids: () => pidsBelow(folder),
    remove: () => removeGroups([folder]),
  };
}

/** Hands the controllers down from the first group to the one that holds all containers. */
async function enableControllers(first: string, available: ReadonlySet<string>, last: string): Promise<void> {
  const wanted = WANTED.filter((name) => available.has(name)).map((name) => `+${name}`);
  if (wanted.length === 0) return;
  const names = last.slice(first.length).split('/').filter(Boolean);
  for (let depth = 0; depth <= names.length; depth++) {
    await writeControl(join(first, ...names.slice(0, depth)), 'cgroup.subtree_control', wanted.join(' '));
  }
}

async function setLimits(folder: string, limits: ResourceLimits): Promise<void> {
  const set = async (file: string, value: string | number | undefined): Promise<void> => {
    if (value !== undefined && value !== '') await writeControl(folder, file, value);
  };
  if (limits.memory) {
    await set('memory.max', limits.memory);
    const swap = limits.memorySwap;
    // v2 counts swap alone, Docker's figure is memory and swap together.
    if (swap !== undefined && swap !== 0 && (await readControl(folder, 'memory.swap.max')) !== undefined) {
      await set('memory.swap.max', swap < 0 ? 'max' : Math.max(0, swap - limits.memory));
    }
  }
  if (limits.cpuQuota || limits.cpuPeriod) {
    const quota = limits.cpuQuota && limits.cpuQuota > 0 ? limits.cpuQuota : 'max';
    await set('cpu.max', `${quota} ${limits.cpuPeriod || 100_000}`);
  }
  await set('memory.low', limits.memoryReservation || undefined);
  if (limits.blockIoWeight) await setIoWeight(folder, limits.blockIoWeight);
  for (const { major, minor, weight } of limits.blockIoWeights ?? []) {
    await setIoWeight(folder, weight, `${major}:${minor}`);
  }
  for (const { kind, major, minor, rate } of limits.blockIo ?? []) {
    await set('io.max', `${major}:${minor} ${THROTTLES[kind]}=${rate}`);
  }
  if (limits.cpuShares) await set('cpu.weight', weightOfShares(limits.cpuShares));
  await set('cpuset.cpus', limits.cpusetCpus);
  await set('cpuset.mems', limits.cpusetMems);
  if (limits.pids) await set('pids.max', limits.pids < 0 ? 'max' : limits.pids);
}

/** BFQ takes Docker's figure as it is, the kernel's own cost model another. */
async function setIoWeight(folder: string, weight: number, device = 'default'): Promise<void> {
  if ((await readControl(folder, 'io.bfq.weight')) !== undefined) {
    await writeControl(folder, 'io.bfq.weight', `${device} ${weight}`);
  } else if ((await readControl(folder, 'io.weight')) !== undefined) {
    await writeControl(folder, 'io.weight', `${device} ${ioWeight(weight)}`);
  }
}

/** 10–1000 of Docker's onto 1–10,000, linearly, as OCI runtimes do. */
export function ioWeight(weight: number): number {
  return Math.trunc(1 + ((weight - 10) * 9999) / 990);
}

/** 2–262,144 shares onto 1–10,000 weights, linearly, as OCI runtimes do. */
export function weightOfShares(shares: number): number {
  const bounded = Math.min(262_144, Math.max(2, shares));
  return Math.trunc(1 + ((bounded - 2) * 9999) / 262_142);
}

function usage(folder: string): ResourceUsage {
  const cpuStat = readFigure(folder, 'cpu.stat');
  const current = readFigure(folder, 'memory.current');
  const limit = readFigure(folder, 'memory.max');
  const peak = readFigure(folder, 'memory.peak');
  const events = readFigure(folder, 'memory.events');
  const memoryStat = readFigure(folder, 'memory.stat');
  const pidsCurrent = readFigure(folder, 'pids.current');
  const pidsMax = readFigure(folder, 'pids.max');
  const io = readFigure(folder, 'io.stat');
  const cpu = parseFlatKeyed(cpuStat);
  return {
    at: Date.now(),
    cpu: {
      total: (cpu.usage_usec ?? 0) * 1000,
      user: (cpu.user_usec ?? 0) * 1000,
      kernel: (cpu.system_usec ?? 0) * 1000,
      perCpu: [],
      periods: cpu.nr_periods ?? 0,
      throttledPeriods: cpu.nr_throttled ?? 0,
      throttledTime: (cpu.throttled_usec ?? 0) * 1000,
    },
    memory: {
      usage: Number(current ?? 0),
      limit: limit === undefined || limit === 'max' ? 0 : Number(limit),
      maxUsage: peak === undefined ? undefined : Number(peak),
      failcnt: events === undefined ? undefined : parseFlatKeyed(events).max,
      stats: parseFlatKeyed(memoryStat),
    },
    pids: {
      current: Number(pidsCurrent ?? 0),
      limit: pidsMax === undefined || pidsMax === 'max' ? undefined : Number(pidsMax),
    },
    blockIo: parseIoStat(io ?? ''),
  };
}

/** Lines `8:0 rbytes=1 wbytes=2 …`, under the names that v1 gives them. */
function parseIoStat(text: string): ResourceUsage['blockIo'] {
  return text.split('\n').flatMap((line) => {
    const [device, ...fields] = line.split(' ');
    const [major, minor] = (device ?? '').split(':').map(Number);
    if (major === undefined || minor === undefined) return [];
    return fields.flatMap((field) => {
      const [name, value] = field.split('=');
      const op = name === 'rbytes' ? 'Read' : name === 'wbytes' ? 'Write' : undefined;
      return op === undefined ? [] : [{ major, minor, op, value: Number(value) }];
    });
  });
}
