/** CPU figures at one moment; times in nanoseconds. */
export interface CpuStats {
  readonly cpu_usage: {
    readonly total_usage: number;
    readonly percpu_usage?: readonly number[];
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  /** Of the whole machine, all CPUs together; absent in the first sample of a stream. */
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: {
    readonly periods: number;
    readonly throttled_periods: number;
    readonly throttled_time: number;
  };
}

/** One record of `GET /containers/{id}/stats`. Byte counts are totals since the container's start. */
export interface StatsRecord {
  readonly id: string;
  readonly name: string;
  readonly read: string;
  readonly preread: string;
  readonly num_procs: number;
  readonly pids_stats: { readonly current?: number; readonly limit?: number };
  readonly cpu_stats: CpuStats;
  readonly precpu_stats: CpuStats;
  readonly memory_stats: {
    readonly usage?: number;
    readonly max_usage?: number;
    readonly failcnt?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>>;
  };
  readonly blkio_stats: {
    readonly io_service_bytes_recursive: readonly BlockIo[] | null;
    readonly io_serviced_recursive: readonly BlockIo[] | null;
    readonly io_queue_recursive: null;
    readonly io_service_time_recursive: null;
    readonly io_wait_time_recursive: null;
    readonly io_merged_recursive: null;
    readonly io_time_recursive: null;
    readonly sectors_recursive: null;
  };
  readonly storage_stats: Readonly<Record<string, never>>;
  readonly networks?: Readonly<Record<string, NetworkStats>>;
}

export interface BlockIo {
  readonly major: number;
  readonly minor: number;
  /** `Read`, `Write`, … */
  readonly op: string;
  readonly value: number;
}

export interface NetworkStats {
  readonly rx_bytes: number;
  readonly rx_packets: number;
  readonly rx_errors: number;
  readonly rx_dropped: number;
  readonly tx_bytes: number;
  readonly tx_packets: number;
  readonly tx_errors: number;
  readonly tx_dropped: number;
}
