import * as z from 'zod/mini';

/** Figures of a container at one moment, as `docker stats` shows them. Byte counts are totals since the container's start. */
export interface StatsSample {
  /** Unix time, milliseconds. */
  readonly time: number;
  /** Share of one CPU: two busy CPUs are 200. */
  readonly cpuPercent: number;
  readonly memory: number;
  /** Bytes; 0 where there is none. */
  readonly memoryLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly blockRead: number;
  readonly blockWritten: number;
  readonly processes: number;
}

const Count = z.optional(z.nullable(z.number()));
const Cpu = z.optional(
  z.object({
    cpu_usage: z.optional(z.object({ total_usage: Count, percpu_usage: z.optional(z.nullable(z.array(z.number()))) })),
    system_cpu_usage: Count,
    online_cpus: Count,
  }),
);
const Wire = z.object({
  read: z.string(),
  pids_stats: z.optional(z.object({ current: Count })),
  cpu_stats: Cpu,
  precpu_stats: Cpu,
  memory_stats: z.optional(
    z.object({ usage: Count, limit: Count, stats: z.optional(z.nullable(z.record(z.string(), z.number()))) }),
  ),
  networks: z.optional(z.nullable(z.record(z.string(), z.object({ rx_bytes: Count, tx_bytes: Count })))),
  blkio_stats: z.optional(
    z.object({
      io_service_bytes_recursive: z.optional(
        z.nullable(z.array(z.object({ op: z.optional(z.string()), value: Count }))),
      ),
    }),
  ),
});

/** Reads one value of `GET /containers/{id}/stats` into the figures that `docker stats` shows; undefined for what is none. */
export function readSample(value: unknown): StatsSample | undefined {
  const parsed = Wire.safeParse(value);
  if (!parsed.success) return undefined;
  const stats = parsed.data;
  const networks = Object.values(stats.networks ?? {});
  const blocks = stats.blkio_stats?.io_service_bytes_recursive ?? [];
  const blockBytes = (op: string) =>
    sum(blocks.filter((entry) => entry.op?.toLowerCase() === op).map((entry) => entry.value));
  return {
    time: Date.parse(stats.read),
    cpuPercent: cpuPercent(stats.cpu_stats, stats.precpu_stats),
    memory: memoryUsed(stats.memory_stats?.usage ?? 0, stats.memory_stats?.stats ?? {}),
    memoryLimit: stats.memory_stats?.limit ?? 0,
    received: sum(networks.map((network) => network.rx_bytes)),
    sent: sum(networks.map((network) => network.tx_bytes)),
    blockRead: blockBytes('read'),
    blockWritten: blockBytes('write'),
    processes: stats.pids_stats?.current ?? 0,
  };
}

/** Share of one CPU in percent: two busy CPUs are 200. */
function cpuPercent(now: z.infer<typeof Cpu>, before: z.infer<typeof Cpu>): number {
  const used = (now?.cpu_usage?.total_usage ?? 0) - (before?.cpu_usage?.total_usage ?? 0);
  const passed = (now?.system_cpu_usage ?? 0) - (before?.system_cpu_usage ?? 0);
  if (before?.system_cpu_usage === undefined || used <= 0 || passed <= 0) return 0;
  return (used / passed) * (now?.online_cpus || now?.cpu_usage?.percpu_usage?.length || 1) * 100;
}

/** Usage without the page cache that the kernel can drop: cgroup v1 names it `total_inactive_file`, v2 `inactive_file`. */
function memoryUsed(usage: number, details: Readonly<Record<string, number>>): number {
  const cache = details.total_inactive_file ?? details.inactive_file ?? 0;
  return cache < usage ? usage - cache : usage;
}

function sum(values: readonly (number | null | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
