import { expect, it } from 'vitest';
import { flagsOfMount, mountsBelow, parseMountOptions } from './mount-options.ts';

const MOUNTINFO = [
  '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
  '23 22 0:20 / /sys ro,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw',
  '24 23 0:21 / /sys/fs/cgroup rw,nosuid shared:8 - tmpfs tmpfs rw',
  '25 24 0:22 / /sys/fs/cgroup/with\\040space rw - cgroup cgroup rw',
  '26 22 0:23 / /sysroot rw - tmpfs tmpfs rw',
  '27 24 0:24 / /sys/fs/cgroup ro,noexec - tmpfs tmpfs rw',
  '',
].join('\n');

it('finds what is mounted below a path, at any depth, and not beside it', () => {
  expect(mountsBelow(MOUNTINFO, '/sys')).toEqual(['/sys/fs/cgroup', '/sys/fs/cgroup/with space']);
  expect(mountsBelow(MOUNTINFO, '/sysroot')).toEqual([]);
});

it('reads the flags of the mount that is on top', () => {
  const { flags } = parseMountOptions(['ro', 'noexec']);
  expect(flagsOfMount(MOUNTINFO, '/sys/fs/cgroup')).toBe(flags);
  expect(flagsOfMount(MOUNTINFO, '/nowhere')).toBe(0);
});
