import { basename, join } from 'node:path';
import type { CgroupMounts } from '../../os/cgroup-mounts.ts';
import type { MountSpec, SandboxSpec } from '../sandbox.ts';

const ROOT = '/sys/fs/cgroup';
const COMMON = ['nosuid', 'nodev', 'noexec'];

/**
 * What a container sees of the control groups: its own, at the places where OCI runtimes mount them. None where the engine has
 * no groups, or where the container brings a folder for them.
 */
export function cgroupMounts(groups: CgroupMounts, path: string, { mounts, privileged }: SandboxSpec): MountSpec[] {
  if (groups.version === 0 || mounts.some(({ destination }) => `${ROOT}/`.startsWith(`${destination}/`))) return [];
  const bind = (destination: string, source: string): MountSpec => ({
    ...{ destination, type: 'bind', source },
    options: ['bind', 'rprivate', ...COMMON, privileged ? 'rw' : 'ro'],
  });
  if (groups.version === 2) return [bind(ROOT, join(groups.path, path))];
  // One hierarchy of several controllers (`cpu,cpuacct`) is found by the name of each, too.
  const places = new Map(
    [...groups.paths].flatMap(([name, mount]) => [basename(mount), name].map((as) => [as, mount])),
  );
  return [
    { destination: ROOT, type: 'tmpfs', source: 'tmpfs', options: [...COMMON, 'mode=755'] },
    ...[...places].map(([name, mount]) => bind(join(ROOT, name), join(mount, path))),
  ];
}
