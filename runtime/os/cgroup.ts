import { unsupported } from '../errors.ts';
import type { CgroupMounts } from './cgroup-mounts.ts';
import { cgroupV1 } from './cgroup-v1.ts';
import { cgroupV2 } from './cgroup-v2.ts';
import type { ResourceLimits, ResourceUsage } from './resources.ts';

/** One container's control group, whichever version the kernel has. */
export interface Cgroup {
  /** Its folders, one a hierarchy; none where there are no control groups. */
  readonly folders: readonly string[];
  /** That of them which counts kills for lack of memory. */
  readonly memory: string | undefined;
  /** Makes the folders and sets the limits. */
  create(limits: ResourceLimits): Promise<void>;
  update(limits: ResourceLimits): Promise<void>;
  add(pid: number): Promise<void>;
  usage(): Promise<ResourceUsage>;
  freeze(state: 'frozen' | 'running'): Promise<void>;
  /** How often the kernel has killed a process of the group for lack of memory. */
  oomKills(): Promise<number>;
  /** Ids of all processes, those of groups below too, as this process sees them. */
  pids(): Promise<number[]>;
  /** Kills what is in it, waits for its end, removes the folders. */
  remove(): Promise<void>;
}

/** The group at `path` (`/lapstrake/<id>`) of every hierarchy. */
export function openCgroup(mounts: CgroupMounts, path: string): Cgroup {
  switch (mounts.version) {
    case 1:
      return cgroupV1(mounts.paths, path, mounts.named);
    case 2:
      return cgroupV2(mounts, path);
    case 0:
      return noCgroup;
  }
}

const noCgroup: Cgroup = {
  folders: [],
  memory: undefined,
  create: async () => {},
  update: async () => {},
  add: async () => {},
  usage: async () => emptyUsage(),
  freeze: async () => {
    throw unsupported({
      code: 'no-freezer',
      message:
        'the engine can use no control groups here, so nothing can be paused: that takes an engine of root, or of a user whose systemd delegates groups, and another sandbox than chroot',
    });
  },
  oomKills: async () => 0,
  pids: async () => [],
  remove: async () => {},
};

/** Figures of a group about which nothing is known. */
export function emptyUsage(): ResourceUsage {
  return {
    at: Date.now(),
    cpu: { total: 0, user: 0, kernel: 0, perCpu: [], periods: 0, throttledPeriods: 0, throttledTime: 0 },
    memory: { usage: 0, limit: 0, maxUsage: undefined, failcnt: undefined, stats: {} },
    pids: { current: 0, limit: undefined },
    blockIo: [],
  };
}
