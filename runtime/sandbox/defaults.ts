import type { MountSpec } from './sandbox.ts';

/** Paths that a container sees empty (Docker's default `MaskedPaths`). */
export const DEFAULT_MASKED_PATHS: readonly string[] = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];

/** Paths that a container cannot write (Docker's default `ReadonlyPaths`). */
export const DEFAULT_READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** /dev/shm where the container does not say otherwise, bytes. */
export const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;

/** A device that every container has. */
export interface DefaultDevice {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
}

/** The character devices of every container (OCI runtime-spec config-linux.md, Default Devices). */
export const DEFAULT_DEVICES: readonly DefaultDevice[] = [
  { path: '/dev/null', major: 1, minor: 3 },
  { path: '/dev/zero', major: 1, minor: 5 },
  { path: '/dev/full', major: 1, minor: 7 },
  { path: '/dev/random', major: 1, minor: 8 },
  { path: '/dev/urandom', major: 1, minor: 9 },
  { path: '/dev/tty', major: 5, minor: 0 },
];

/** Links that every container has in /dev. */
export const DEFAULT_DEVICE_LINKS: readonly (readonly [path: string, target: string])[] = [
  ['/dev/fd', '/proc/self/fd'],
  ['/dev/stdin', '/proc/self/fd/0'],
  ['/dev/stdout', '/proc/self/fd/1'],
  ['/dev/stderr', '/proc/self/fd/2'],
  ['/dev/ptmx', 'pts/ptmx'],
];

/** What the default mounts depend on. */
export interface MountCircumstances {
  /** 0: there is no /dev/shm. */
  readonly shmSize: number;
  readonly privileged: boolean;
  /** Only who has made the pid namespace mounts a new proc of it: an ordinary user none of the host's. */
  readonly mountsProc: boolean;
  /** A new sysfs can be mounted only by root and by the owner of the network namespace. */
  readonly mountsSysfs: boolean;
  /** The same holds of mqueue and the IPC namespace. */
  readonly ownsIpc: boolean;
  /** Inside a user namespace there is no group 5 to own terminals, unless it is mapped. */
  readonly ttyGroup: boolean;
  readonly cgroup: boolean;
}

/** The file systems that every container has, in the order in which they are mounted. */
export function defaultMounts(of: MountCircumstances): MountSpec[] {
  const sysAccess = of.privileged ? 'rw' : 'ro';
  const none = ['nosuid', 'noexec', 'nodev'];
  const pts = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...(of.ttyGroup ? ['gid=5'] : [])];
  return [
    of.mountsProc
      ? { destination: '/proc', type: 'proc', source: 'proc', options: none }
      : { destination: '/proc', type: 'bind', source: '/proc', options: ['rbind', 'rprivate', ...none] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: pts },
    of.mountsSysfs
      ? { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...none, sysAccess] }
      : { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'rprivate', ...none, sysAccess] },
    ...(of.cgroup
      ? [{ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: [...none, sysAccess] } as const]
      : []),
    ...(of.ownsIpc ? [{ destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: none } as const] : []),
    ...(of.shmSize === 0 ? [] : [sharedMemory([...none, 'mode=1777', `size=${of.shmSize}`])]),
  ];
}

function sharedMemory(options: readonly string[]): MountSpec {
  return { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options };
}
