import { expect, it } from 'vitest';
import { parseCgroupMounts } from './cgroup-mounts.ts';
import { ioWeight, weightOfShares } from './cgroup-v2.ts';

const V1 =
  '30 29 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n31 29 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n';
const V2 = '32 29 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n';

it('finds v1 controllers, several in one hierarchy too', () => {
  const mounts = parseCgroupMounts(V1);
  expect(mounts.version === 1 && Object.fromEntries(mounts.paths)).toEqual({
    memory: '/sys/fs/cgroup/memory',
    cpu: '/sys/fs/cgroup/cpu,cpuacct',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
  });
});

it('takes a hybrid machine for v1, and one without controllers for v2', () => {
  expect(parseCgroupMounts(V1 + V2).version).toBe(1);
  expect(parseCgroupMounts(V2)).toMatchObject({ version: 2, path: '/sys/fs/cgroup/unified' });
  expect(parseCgroupMounts('')).toEqual({ version: 0 });
});

it('turns shares into weights from end to end', () => {
  expect([2, 1024, 262_144].map(weightOfShares)).toEqual([1, 39, 10_000]);
});

it('turns weights of block I/O into those of cgroup v2', () => {
  expect([10, 500, 1000].map(ioWeight)).toEqual([1, 4950, 10_000]);
});
