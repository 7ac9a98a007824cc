/** Limits; undefined or 0 is none. */
export interface ResourceLimits {
  /** Bytes. */
  readonly memory?: number | undefined;
  /** Memory and swap together, bytes; -1 is no limit on swap. */
  readonly memorySwap?: number | undefined;
  /** Microseconds of CPU time per period. */
  readonly cpuQuota?: number | undefined;
  /** Microseconds. */
  readonly cpuPeriod?: number | undefined;
  readonly cpuShares?: number | undefined;
  readonly cpusetCpus?: string | undefined;
  readonly cpusetMems?: string | undefined;
  /** Below 0: none. */
  readonly pids?: number | undefined;
  /** What memory is taken back to first where the machine has little, bytes. */
  readonly memoryReservation?: number | undefined;
  /** 0–100; on cgroup v1 alone. */
  readonly memorySwappiness?: number | undefined;
  /** Processes wait for memory instead of being killed; on cgroup v1 alone. */
  readonly oomKillDisable?: boolean | undefined;
  /** Share of the disks' time, 10–1000. */
  readonly blockIoWeight?: number | undefined;
  readonly blockIo?: readonly BlockIoLimit[] | undefined;
  readonly blockIoWeights?: readonly BlockIoWeight[] | undefined;
}

/** Share of one device's time, 10–1000. */
export interface BlockIoWeight {
  readonly major: number;
  readonly minor: number;
  readonly weight: number;
}

/** Bytes or operations a second that a container may read from or write to one device. */
export interface BlockIoLimit {
  readonly kind: BlockIoKind;
  readonly major: number;
  readonly minor: number;
  readonly rate: number;
}
export type BlockIoKind = 'readBps' | 'writeBps' | 'readIops' | 'writeIops';

/** Cumulative figures of a container; undefined where the kernel has no such controller. */
export interface ResourceUsage {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly cpu: {
    /** Nanoseconds. */
    readonly total: number;
    readonly user: number;
    readonly kernel: number;
    readonly perCpu: readonly number[];
    readonly periods: number;
    readonly throttledPeriods: number;
    readonly throttledTime: number;
  };
  /** Bytes; `stats` holds the cgroup's own memory.stat entries. */
  readonly memory: {
    readonly usage: number;
    readonly limit: number;
    readonly maxUsage: number | undefined;
    readonly failcnt: number | undefined;
    readonly stats: Readonly<Record<string, number>>;
  };
  readonly pids: { readonly current: number; readonly limit: number | undefined };
  readonly blockIo: readonly {
    readonly major: number;
    readonly minor: number;
    readonly op: string;
    readonly value: number;
  }[];
}
