import { statfsSync } from 'node:fs';
import { relative } from 'node:path';
import type { MountSpec } from '../sandbox.ts';

/** Files of /proc that tools such as lxcfs mount upon (runc, libcontainer/rootfs_linux.go, `checkProcMount`). */
const ALLOWED: readonly string[] = [
  ...['cpuinfo', 'diskstats', 'meminfo', 'stat', 'swaps', 'uptime', 'loadavg', 'slabinfo', 'net/dev'],
  ...['sys/kernel/ns_last_pid', 'sys/crypto/fips_enabled'],
];
const PROC_SUPER_MAGIC = 0x9fa0;

/** Refuses a mount that would have a container see another /proc than the kernel's. `target` is resolved in `root`. */
export function checkProcMount(root: string, target: string, { type, source }: MountSpec): void {
  const path = relative(`${root}/proc`, target);
  if (path.startsWith('..') || ALLOWED.includes(path)) return;
  if (path !== '') throw new Error(`"${target}" cannot be mounted because it is inside /proc`);
  if (type === 'proc' || (type === 'bind' && statfsSync(source).type === PROC_SUPER_MAGIC)) return;
  throw new Error(`"${target}" cannot be mounted because it is not of type proc`);
}
