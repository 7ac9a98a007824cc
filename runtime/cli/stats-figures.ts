import type { Stats } from './records.ts';

/** Figures of a container as `docker stats` shows them; bytes. */
export interface StatsFigures {
  readonly id: string;
  readonly name: string;
  /** Share of one CPU: two busy CPUs are 200. */
  readonly cpuPercent: number;
  readonly memory: number;
  readonly memoryLimit: number;
  readonly memoryPercent: number;
  readonly received: number;
  readonly sent: number;
  readonly blockRead: number;
  readonly blockWritten: number;
  readonly processes: number;
}

/** Reckons the figures of one record of `GET /containers/{id}/stats`. */
export function statsFigures(stats: Stats): StatsFigures {
  const { cpu_stats: cpu, precpu_stats: before, memory_stats: memory } = stats;
  const used = cpu.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = cpu.system_cpu_usage - before.system_cpu_usage;
  // Page cache that the kernel can drop does not count: cgroup v1 calls it total_inactive_file, v2 inactive_file.
  const cache = memory.stats.total_inactive_file ?? memory.stats.inactive_file ?? 0;
  const bytes = cache < memory.usage ? memory.usage - cache : memory.usage;
  const networks = Object.values(stats.networks);
  const block = (op: string): number =>
    sum(
      stats.blkio_stats.io_service_bytes_recursive.filter((entry) => entry.op.toLowerCase() === op).map((e) => e.value),
    );
  return {
    id: stats.id.slice(0, 12),
    name: stats.name.replace(/^\//, ''),
    cpuPercent: used > 0 && passed > 0 ? (used / passed) * (cpu.online_cpus || 1) * 100 : 0,
    memory: bytes,
    memoryLimit: memory.limit,
    memoryPercent: memory.limit > 0 ? (bytes / memory.limit) * 100 : 0,
    received: sum(networks.map(({ rx_bytes }) => rx_bytes)),
    sent: sum(networks.map(({ tx_bytes }) => tx_bytes)),
    blockRead: block('read'),
    blockWritten: block('write'),
    processes: stats.pids_stats.current,
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
