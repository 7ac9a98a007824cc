import { join } from 'node:path';
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
import type { Controller } from './cgroup-mounts.ts';
import type { BlockIoKind, ResourceLimits, ResourceUsage } from './resources.ts';

/** From clock ticks (USER_HZ, 100 on every Linux that Node runs on) to nanoseconds. */
const NANOSECONDS_PER_TICK = 1e7;
const THROTTLES = {
  readBps: 'blkio.throttle.read_bps_device',
  writeBps: 'blkio.throttle.write_bps_device',
  readIops: 'blkio.throttle.read_iops_device',
  writeIops: 'blkio.throttle.write_iops_device',
} as const satisfies Record<BlockIoKind, string>;
/** The kernel's "no limit" is the largest multiple of a page. */
const UNLIMITED = 2 ** 62;

/**
 * A control group on cgroup v1: one folder in each controller's hierarchy. `named` are mount points of hierarchies without
 * controllers, in which a runtime may have made the group too.
 */
export function cgroupV1(mounts: ReadonlyMap<Controller, string>, path: string, named: readonly string[] = []): Cgroup {
  const folder = (controller: Controller): string | undefined => {
    const mount = mounts.get(controller);
    return mount === undefined ? undefined : join(mount, path);
  };
  const folders = [...new Set([...mounts.values()].map((mount) => join(mount, path)))];
  return {
    folders,
    memory: folder('memory'),
    async create(limits) {
      await Promise.all(folders.map(makeGroup));
      await copyCpusetDown(mounts.get('cpuset'), path);
      await setLimits(folder, limits);
    },
    update: (limits) => setLimits(folder, limits),
    async add(pid) {
      await Promise.all(folders.map((each) => writeControl(each, 'cgroup.procs', pid)));
    },
    usage: async () => usage(folder),
    async freeze(state) {
      await writeControl(folder('freezer') ?? '', 'freezer.state', state === 'frozen' ? 'FROZEN' : 'THAWED');
    },
    async oomKills() {
      return parseFlatKeyed(await readControl(folder('memory'), 'memory.oom_control')).oom_kill ?? 0;
    },
    async pids() {
      const any = folder('pids') ?? folder('memory') ?? folders[0];
      return any === undefined ? [] : pidsBelow(any);
    },
    async remove() {
      const freezer = folder('freezer');
      if ((await readControl(freezer, 'freezer.state')) === 'FROZEN') {
        await writeControl(freezer!, 'freezer.state', 'THAWED');
      }
      await removeGroups([...folders, ...named.map((mount) => join(mount, path))]);
    },
  };
}

async function setLimits(folder: (c: Controller) => string | undefined, limits: ResourceLimits): Promise<void> {
  const set = async (controller: Controller, file: string, value: string | number | undefined): Promise<void> => {
    const target = folder(controller);
    if (target !== undefined && value) await writeControl(target, file, value);
  };
  if (limits.memory) {
    // memsw.limit must never be below limit, so lift it first.
    const swap = limits.memorySwap ?? 0;
    const hasSwap = (await readControl(folder('memory'), 'memory.memsw.limit_in_bytes')) !== undefined;
    if (hasSwap) await set('memory', 'memory.memsw.limit_in_bytes', -1);
    await set('memory', 'memory.limit_in_bytes', limits.memory);
    if (hasSwap && swap > 0) await set('memory', 'memory.memsw.limit_in_bytes', Math.max(swap, limits.memory));
  }
  await set('cpu', 'cpu.cfs_period_us', limits.cpuPeriod);
  await set('cpu', 'cpu.cfs_quota_us', limits.cpuQuota);
  await set('cpu', 'cpu.shares', limits.cpuShares);
  await set('cpuset', 'cpuset.cpus', limits.cpusetCpus);
  await set('cpuset', 'cpuset.mems', limits.cpusetMems);
  await set('memory', 'memory.soft_limit_in_bytes', limits.memoryReservation);
  // 0 is a value, too.
  if (limits.memorySwappiness !== undefined) await set('memory', 'memory.swappiness', String(limits.memorySwappiness));
  if (limits.oomKillDisable) await set('memory', 'memory.oom_control', 1);
  if (limits.blockIoWeight) await set('blkio', await weightFile(folder('blkio')), limits.blockIoWeight);
  for (const { major, minor, weight } of limits.blockIoWeights ?? []) {
    await set('blkio', `${await weightFile(folder('blkio'))}_device`, `${major}:${minor} ${weight}`);
  }
  for (const { kind, major, minor, rate } of limits.blockIo ?? []) {
    await set('blkio', THROTTLES[kind], `${major}:${minor} ${rate}`);
  }
  await set('pids', 'pids.max', limits.pids && limits.pids < 0 ? 'max' : limits.pids);
}

/** CFQ's weights went with Linux 5.0; those of BFQ have another name. */
async function weightFile(folder: string | undefined): Promise<string> {
  return (await readControl(folder, 'blkio.weight')) === undefined ? 'blkio.bfq.weight' : 'blkio.weight';
}

/** A new cpuset is empty, and takes no process before it has CPUs and memory nodes: copy them from above. */
async function copyCpusetDown(mount: string | undefined, path: string): Promise<void> {
  if (mount === undefined) return;
  let above = mount;
  for (const name of path.split('/').filter(Boolean)) {
    const here = join(above, name);
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (!(await readControl(here, file))) await writeControl(here, file, (await readControl(above, file)) ?? '');
    }
    above = here;
  }
}

function usage(folder: (c: Controller) => string | undefined): ResourceUsage {
  const cpuacct = folder('cpuacct');
  const memory = folder('memory');
  const pids = folder('pids');
  const total = readFigure(cpuacct, 'cpuacct.usage');
  const perCpu = readFigure(cpuacct, 'cpuacct.usage_percpu');
  const acct = readFigure(cpuacct, 'cpuacct.stat');
  const cpuStat = readFigure(folder('cpu'), 'cpu.stat');
  const current = readFigure(memory, 'memory.usage_in_bytes');
  const limit = readFigure(memory, 'memory.limit_in_bytes');
  const maxUsage = readFigure(memory, 'memory.max_usage_in_bytes');
  const failcnt = readFigure(memory, 'memory.failcnt');
  const memoryStat = readFigure(memory, 'memory.stat');
  const pidsCurrent = readFigure(pids, 'pids.current');
  const pidsMax = readFigure(pids, 'pids.max');
  const io = readFigure(folder('blkio'), 'blkio.throttle.io_service_bytes_recursive');
  const ticks = parseFlatKeyed(acct);
  const throttling = parseFlatKeyed(cpuStat);
  const bytes = Number(limit ?? 0);
  return {
    at: Date.now(),
    cpu: {
      total: Number(total ?? 0),
      user: (ticks.user ?? 0) * NANOSECONDS_PER_TICK,
      kernel: (ticks.system ?? 0) * NANOSECONDS_PER_TICK,
      perCpu: (perCpu ?? '').split(' ').filter(Boolean).map(Number),
      periods: throttling.nr_periods ?? 0,
      throttledPeriods: throttling.nr_throttled ?? 0,
      throttledTime: throttling.throttled_time ?? 0,
    },
    memory: {
      usage: Number(current ?? 0),
      limit: bytes > UNLIMITED ? 0 : bytes,
      maxUsage: maxUsage === undefined ? undefined : Number(maxUsage),
      failcnt: failcnt === undefined ? undefined : Number(failcnt),
      stats: parseFlatKeyed(memoryStat),
    },
    pids: {
      current: Number(pidsCurrent ?? 0),
      limit: pidsMax === undefined || pidsMax === 'max' ? undefined : Number(pidsMax),
    },
    blockIo: parseBlkio(io ?? ''),
  };
}

/** Lines `8:0 Read 4096`; the last line is a total without a device. */
function parseBlkio(text: string): ResourceUsage['blockIo'] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line);
    if (match === null) return [];
    return [{ major: Number(match[1]), minor: Number(match[2]), op: match[3]!, value: Number(match[4]) }];
  });
}
