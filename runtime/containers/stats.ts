import { readFile } from 'node:fs/promises';
import type { CpuStats, NetworkStats, StatsRecord } from '../../protocol/engine/stats.ts';
import type { InterfaceStats } from '../networks/networks.ts';
import type { ResourceUsage } from '../sandbox/sandbox.ts';
import type { Container } from './container.ts';
import type { Floor } from './floor.ts';
import { NEVER, timestamp } from './timestamp.ts';

const NANOSECONDS_PER_TICK = 1e7;
/** Milliseconds between two records of a stream. */
const INTERVAL = 1000;

const NO_CPU: CpuStats = {
  cpu_usage: { total_usage: 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
  throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
};

interface Sample {
  readonly read: string;
  readonly cpu: CpuStats;
}

/** One record a second, the first at once, until the signal. A container that does not run has empty records. */
export async function* statsStream(
  floor: Floor,
  container: Container,
  signal: AbortSignal,
): AsyncGenerator<StatsRecord> {
  let before: Sample | undefined;
  for (;;) {
    const record = await sample(floor, container, before);
    before = { read: record.read, cpu: record.cpu_stats };
    yield record;
    if (!(await pause(signal))) return;
  }
}

/** One record; with the figures of a second before, unless `one-shot`. */
export async function statsOnce(
  floor: Floor,
  container: Container,
  mode: 'two-samples' | 'one-shot',
  signal: AbortSignal,
): Promise<StatsRecord> {
  const first = await sample(floor, container, undefined);
  if (mode === 'one-shot' || container.run === undefined) return first;
  await pause(signal);
  return sample(floor, container, { read: first.read, cpu: first.cpu_stats });
}

async function sample(floor: Floor, container: Container, before: Sample | undefined): Promise<StatsRecord> {
  const identity = { id: container.id, name: `/${container.name}` };
  const pre = { preread: before?.read ?? NEVER, precpu_stats: before?.cpu ?? NO_CPU };
  if (container.run === undefined) return { ...empty(), ...identity, ...pre };
  try {
    const [usage, networks, system] = await Promise.all([
      floor.sandbox.usage(container.id),
      floor.networks.stats(container.id),
      systemCpu(),
    ]);
    return { ...identity, ...pre, ...figures(usage, networks, system, floor.cpus) };
  } catch (error) {
    // It ended while it was measured.
    if (container.run === undefined) return { ...empty(), ...identity, ...pre };
    throw error;
  }
}

function figures(
  usage: ResourceUsage,
  networks: Readonly<Record<string, InterfaceStats>>,
  system: number,
  cpus: number,
): Omit<StatsRecord, 'id' | 'name' | 'preread' | 'precpu_stats'> {
  const { cpu, memory, pids, blockIo } = usage;
  const interfaces = Object.entries(networks).map(([name, stats]) => [name, networkStats(stats)] as const);
  return {
    read: timestamp(),
    num_procs: 0,
    pids_stats: { current: pids.current, ...(pids.limit !== undefined && { limit: pids.limit }) },
    cpu_stats: {
      cpu_usage: {
        total_usage: cpu.total,
        ...(cpu.perCpu.length > 0 && { percpu_usage: cpu.perCpu }),
        usage_in_kernelmode: cpu.kernel,
        usage_in_usermode: cpu.user,
      },
      system_cpu_usage: system,
      online_cpus: cpus,
      throttling_data: {
        periods: cpu.periods,
        throttled_periods: cpu.throttledPeriods,
        throttled_time: cpu.throttledTime,
      },
    },
    memory_stats: {
      usage: memory.usage,
      ...(memory.maxUsage !== undefined && { max_usage: memory.maxUsage }),
      ...(memory.failcnt !== undefined && { failcnt: memory.failcnt }),
      limit: memory.limit,
      stats: memory.stats,
    },
    blkio_stats: { ...noBlockIo(), io_service_bytes_recursive: blockIo },
    storage_stats: {},
    ...(interfaces.length > 0 && { networks: Object.fromEntries(interfaces) }),
  };
}

function empty(): Omit<StatsRecord, 'id' | 'name' | 'preread' | 'precpu_stats'> {
  return {
    read: NEVER,
    num_procs: 0,
    pids_stats: {},
    cpu_stats: NO_CPU,
    memory_stats: {},
    blkio_stats: noBlockIo(),
    storage_stats: {},
  };
}

function noBlockIo(): StatsRecord['blkio_stats'] {
  return {
    io_service_bytes_recursive: null,
    io_serviced_recursive: null,
    io_queue_recursive: null,
    io_service_time_recursive: null,
    io_wait_time_recursive: null,
    io_merged_recursive: null,
    io_time_recursive: null,
    sectors_recursive: null,
  };
}

function networkStats(of: InterfaceStats): NetworkStats {
  return {
    rx_bytes: of.rxBytes,
    rx_packets: of.rxPackets,
    rx_errors: of.rxErrors,
    rx_dropped: of.rxDropped,
    tx_bytes: of.txBytes,
    tx_packets: of.txPackets,
    tx_errors: of.txErrors,
    tx_dropped: of.txDropped,
  };
}

/** CPU time of the whole machine, nanoseconds: user to steal of /proc/stat's first line. */
async function systemCpu(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n', 1);
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return ticks.reduce((sum, each) => sum + each, 0) * NANOSECONDS_PER_TICK;
}

/** Waits until the next record is due; false where the signal came first. */
function pause(signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve(true);
    }, INTERVAL);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
