import { access } from 'node:fs/promises';
import { DEFAULT_CAPABILITIES } from './capabilities.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS } from './defaults.ts';
import type { MountSpec, SandboxSpec } from './sandbox.ts';

/** Folders of the host that its own `true` needs. */
const NEEDED = ['/bin', '/usr', '/lib', '/lib64', '/lib32', '/nix', '/gnu'];

/**
 * A sandbox around the host's `true`, with an empty folder as its root: the least that shows whether a driver works. With
 * `wait`, it is `cat`, which ends with its input.
 */
export async function probeSpec(id: string, rootfs: string, then: 'end' | 'wait' = 'end'): Promise<SandboxSpec> {
  const there = await Promise.all(NEEDED.map(exists));
  const mounts = NEEDED.filter((_path, index) => there[index]).map(
    (path): MountSpec => ({ destination: path, type: 'bind', source: path, options: ['rbind', 'ro', 'rprivate'] }),
  );
  return {
    id,
    rootfs,
    readonlyRootfs: false,
    hostname: 'probe',
    process: {
      args: [then === 'end' ? '/bin/true' : '/bin/cat'],
      env: [],
      cwd: '/',
      user: { uid: 0, gid: 0, additionalGids: [] },
      tty: false,
      stdin: then === 'wait',
      capabilities: DEFAULT_CAPABILITIES,
      noNewPrivileges: false,
    },
    mounts,
    namespaces: { network: 'private', pid: 'private', ipc: 'private', uts: 'private', cgroup: 'default' },
    limits: {},
    privileged: false,
    seccomp: 'default',
    maskedPaths: DEFAULT_MASKED_PATHS,
    readonlyPaths: DEFAULT_READONLY_PATHS,
    sysctls: {},
    devices: [],
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
