import type { SandboxFeatures } from './sandbox/sandbox.ts';

/** What `docker info` warns of, in its words where it has some (moby, daemon/info_unix.go, `fillPlatformInfo`). */
const WARNINGS: readonly (readonly [keyof SandboxFeatures, string])[] = [
  ['isolation', 'No isolation: containers can reach the processes and devices of this machine (chroot sandbox)'],
  ['networkNamespace', 'No network namespaces: containers share the network of this machine'],
  ['freezer', 'No freezer support: containers cannot be paused, and run on while they are committed'],
  ['seccomp', 'No seccomp support: containers may make any system call'],
  ['memoryLimit', 'No memory limit support'],
  ['swapLimit', 'No swap limit support'],
  ['oomKillDisable', 'No oom kill disable support'],
  ['cpuLimit', 'No cpu cfs quota support'],
  ['cpuLimit', 'No cpu cfs period support'],
  ['cpuLimit', 'No cpu shares support'],
  ['cpuset', 'No cpuset support'],
  ['blockIoWeight', 'No blkio weight support'],
  ['blockIoThrottle', 'No blkio throttle support'],
];

/** The lines of `Warnings` in `GET /info` (Docker Engine API, SystemInfo) for what containers lack on this machine. */
export function systemWarnings(features: SandboxFeatures, cgroupVersion: number): string[] {
  const lacking = WARNINGS.filter(([feature]) => !features[feature]);
  // Only the first version of control groups has it at all.
  const expected = lacking.filter(([feature]) => feature !== 'oomKillDisable' || cgroupVersion === 1);
  return expected.map(([, what]) => `WARNING: ${what}`);
}
