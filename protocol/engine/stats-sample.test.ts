import { expect, it } from 'vitest';
import { readSample } from './stats-sample.ts';

const cpu = (used: number, passed: number) => ({
  cpu_usage: { total_usage: used },
  system_cpu_usage: passed,
  online_cpus: 2,
});
const value = {
  read: '2026-11-23T17:19:07.344Z',
  pids_stats: { current: 3 },
  cpu_stats: cpu(1_500, 20_000),
  precpu_stats: cpu(500, 10_000),
  memory_stats: { usage: 1000, limit: 5000, stats: { total_inactive_file: 200, inactive_file: 1 } },
  networks: { eth0: { rx_bytes: 10, tx_bytes: 1 }, eth1: { rx_bytes: 5, tx_bytes: 2 } },
  blkio_stats: {
    io_service_bytes_recursive: [
      { op: 'Read', value: 7 },
      { op: 'Write', value: 9 },
      { op: 'Total', value: 16 },
    ],
  },
};

it('computes what docker stats shows', () => {
  expect(readSample(value)).toEqual({
    time: Date.parse('2026-11-23T17:19:07.344Z'),
    cpuPercent: 20,
    memory: 800,
    memoryLimit: 5000,
    received: 15,
    sent: 3,
    blockRead: 7,
    blockWritten: 9,
    processes: 3,
  });
});

it('gives no CPU share for the first sample, which has nothing before it', () => {
  const first = { ...value, precpu_stats: { cpu_usage: { total_usage: 0 } } };
  expect(readSample(first)?.cpuPercent).toBe(0);
});

it("takes cgroup v2's names, and engines that leave parts out", () => {
  const v2 = { read: value.read, memory_stats: { usage: 1000, stats: { inactive_file: 300 } }, networks: null };
  expect(readSample(v2)).toMatchObject({ memory: 700, received: 0, processes: 0 });
  expect(readSample({ nothing: true })).toBeUndefined();
});
