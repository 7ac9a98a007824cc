import { join } from 'node:path';
import type { Attachment } from '../networks/networks.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS, DEFAULT_SHM_SIZE } from '../sandbox/defaults.ts';
import type { MountSpec, NamespaceSpec, ProcessSpec, ResourceLimits, SandboxSpec } from '../sandbox/sandbox.ts';
import { parseDeviceRule } from './device-rule.ts';
import type { ContainerRecord, MountPoint } from './record.ts';
import { parseSecurityOptions } from './security-options.ts';

/** Where Docker's init is in a container. */
const INIT = '/sbin/docker-init';

/** What a container's record does not say. */
export interface SandboxSurroundings {
  readonly rootfs: string;
  readonly process: ProcessSpec;
  readonly limits: ResourceLimits;
  readonly network: Attachment;
  /** Folder with `hosts`, `hostname` and `resolv.conf`. */
  readonly etcFolder: string;
  /** Folder on the host that is its /dev/shm; its own alone where undefined. */
  readonly sharedMemory: string | undefined;
  /** Where mounts come from that are no folder of the host's by themselves, by destination. */
  readonly sources: ReadonlyMap<string, string>;
  /** Absolute path of the program that is process 1 with `--init`, under the name that it has in containers. */
  readonly initProgram: string;
  readonly devices: SandboxSpec['devices'];
  /** The first process of another container, by name or ID, whose namespaces are shared. */
  pidOf(container: string): number;
}

/** All that a sandbox driver needs to run a container. */
export function sandboxSpec(record: ContainerRecord, around: SandboxSurroundings): SandboxSpec {
  const { config, hostConfig } = record;
  const security = parseSecurityOptions(hostConfig.SecurityOpt);
  const init = hostConfig.Init && hostConfig.PidMode === '' ? initMount(around.initProgram) : undefined;
  const open = hostConfig.Privileged || security.systemPaths === 'unconfined';
  return {
    id: record.id,
    rootfs: around.rootfs,
    readonlyRootfs: hostConfig.ReadonlyRootfs,
    hostname: config.Hostname,
    domainname: config.Domainname || undefined,
    process: init === undefined ? around.process : { ...around.process, args: [INIT, '--', ...around.process.args] },
    // A volume at /etc lies below the files that every container gets there.
    mounts: [
      ...record.mounts.map((mount) => mountSpec(mount, around.sources)),
      ...etcMounts(record, around.etcFolder),
      ...(init === undefined ? [] : [init]),
      ...shmMount(record.mounts, around.sharedMemory),
    ],
    shmSize: hostConfig.IpcMode === 'none' ? 0 : hostConfig.ShmSize || DEFAULT_SHM_SIZE,
    namespaces: {
      network: around.network.namespace,
      pid: namespace(hostConfig.PidMode, 'pid', around),
      ipc: namespace(hostConfig.IpcMode, 'ipc', around),
      uts: namespace(hostConfig.UTSMode, 'uts', around),
      cgroup: hostConfig.CgroupnsMode === 'private' ? 'private' : 'host',
    },
    limits: around.limits,
    privileged: hostConfig.Privileged,
    // A privileged container has no filter but one of its own.
    seccomp: hostConfig.Privileged && security.seccomp === 'default' ? 'unconfined' : security.seccomp,
    maskedPaths: open ? [] : (hostConfig.MaskedPaths ?? DEFAULT_MASKED_PATHS),
    readonlyPaths: open ? [] : (hostConfig.ReadonlyPaths ?? DEFAULT_READONLY_PATHS),
    sysctls: hostConfig.Sysctls,
    annotations: hostConfig.Annotations,
    devices: around.devices,
    deviceRules: hostConfig.DeviceCgroupRules.map(parseDeviceRule),
    ...(hostConfig.CgroupParent !== '' && { cgroupParent: join('/', hostConfig.CgroupParent) }),
    ...(hostConfig.OomScoreAdj !== 0 && { oomScoreAdj: hostConfig.OomScoreAdj }),
  };
}

function initMount(program: string): MountSpec {
  return { destination: INIT, type: 'bind', source: program, options: ['bind', 'ro', 'rprivate'] };
}

function shmMount(mounts: readonly MountPoint[], source: string | undefined): MountSpec[] {
  const destination = '/dev/shm';
  if (source === undefined || mounts.some((mount) => mount.destination === destination)) return [];
  return [{ destination, type: 'bind', source, options: ['rbind', 'rprivate', 'nosuid', 'nodev', 'noexec'] }];
}

/** Of a container whose root is read-only, they are so, too. */
function etcMounts({ mounts, hostConfig }: ContainerRecord, folder: string): MountSpec[] {
  return ['resolv.conf', 'hostname', 'hosts']
    .filter((name) => !mounts.some((mount) => mount.destination === `/etc/${name}`))
    .map((name) => ({
      destination: `/etc/${name}`,
      type: 'bind',
      source: `${folder}/${name}`,
      options: ['rbind', 'rprivate', hostConfig.ReadonlyRootfs ? 'ro' : 'rw'],
    }));
}

function mountSpec(mount: MountPoint, sources: ReadonlyMap<string, string>): MountSpec {
  if (mount.type === 'tmpfs') {
    return { destination: mount.destination, type: 'tmpfs', source: 'tmpfs', options: mount.options };
  }
  const access = !mount.readOnly ? 'rw' : mount.readOnlyReach === 'recursive' ? 'rro' : 'ro';
  const options = [mount.reach === 'top' ? 'bind' : 'rbind', mount.propagation || 'rprivate', access];
  const { destination, source } = mount;
  return { destination, type: 'bind', source: sources.get(destination) ?? source, options };
}

function namespace(mode: string, kind: string, around: SandboxSurroundings): NamespaceSpec {
  if (mode === 'host') return 'host';
  if (!mode.startsWith('container:')) return 'private';
  return { path: `/proc/${around.pidOf(mode.slice('container:'.length))}/ns/${kind}` };
}
