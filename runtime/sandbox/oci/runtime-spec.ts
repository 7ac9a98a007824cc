import { release } from 'node:os';
import { resolveProfile } from '../custom-profile.ts';
import { DEFAULT_SHM_SIZE, defaultMounts } from '../defaults.ts';
import { cgroupNamespace } from '../features.ts';
import type { HostDevice } from '../host-devices.ts';
import { boundedOomScore, clampUlimits, type Machine } from '../machine.ts';
import type { BlockIoKind, MountSpec, NamespaceSpec, ProcessSpec, ResourceLimits, SandboxSpec } from '../sandbox.ts';
import { seccompProfile } from '../seccomp-profile.ts';
import { deviceRules } from './device-rules.ts';

/** `config.json` of an OCI bundle (runtime-spec 1.0.2), as far as this engine fills it. */
export type RuntimeSpec = Readonly<Record<string, unknown>>;

/** The bundle's configuration for a sandbox. Relative limits and capabilities are bounded by what the machine gives. */
export function runtimeSpec(
  spec: SandboxSpec,
  machine: Machine,
  cgroupsPath: string,
  devices: readonly HostDevice[],
): RuntimeSpec {
  const { namespaces, privileged } = spec;
  const mounts = defaultMounts({
    shmSize: spec.shmSize ?? DEFAULT_SHM_SIZE,
    privileged,
    mountsProc: namespaces.pid !== 'host' || !machine.rootless,
    mountsSysfs: namespaces.network !== 'host' || !machine.rootless,
    ownsIpc: namespaces.ipc === 'private',
    ttyGroup: machine.ttyGroup,
    cgroup: !machine.rootless || machine.cgroups.version === 2,
  });
  const replaced = new Set(spec.mounts.map((mount) => mount.destination));
  // A runtime that may make no nodes binds them, and looks for them where the container has them.
  const isBound = (device: HostDevice): boolean =>
    machine.rootless && device.pathOnHost !== device.pathInContainer && !replaced.has(device.pathInContainer);
  return {
    ociVersion: '1.0.2',
    process: runtimeProcess(spec.process, machine, spec.oomScoreAdj),
    root: { path: spec.rootfs, readonly: spec.readonlyRootfs },
    annotations: spec.annotations,
    hostname: namespaces.uts === 'host' ? undefined : spec.hostname,
    mounts: [
      ...mounts.filter((mount) => !replaced.has(mount.destination)),
      ...devices.filter(isBound).map(boundDevice),
      ...spec.mounts,
    ].map(runtimeMount),
    linux: {
      namespaces: [
        { type: 'mount' },
        ...namespace('network', namespaces.network),
        ...namespace('pid', namespaces.pid),
        ...namespace('ipc', namespaces.ipc),
        ...namespace('uts', namespaces.uts),
        ...(cgroupNamespace(spec, machine) === 'private' ? [{ type: 'cgroup' }] : []),
      ],
      // Who may make no group: without a path, the runtime puts up with that.
      cgroupsPath: machine.groups.version === 0 ? undefined : cgroupsPath,
      sysctl: {
        ...(spec.domainname && namespaces.uts === 'private' && !machine.rootless
          ? { 'kernel.domainname': spec.domainname }
          : {}),
        ...spec.sysctls,
      },
      devices: devices.filter((device) => !isBound(device)).map(runtimeDevice),
      resources: {
        ...(machine.rootless
          ? {}
          : { devices: [...deviceRules(privileged, spec.devices, devices), ...(spec.deviceRules ?? [])] }),
        ...(machine.groups.version === 0 ? {} : runtimeResources(spec.limits)),
      },
      seccomp: machine.seccomp ? filterOf(spec) : undefined,
      maskedPaths: privileged ? [] : spec.maskedPaths,
      readonlyPaths: privileged ? [] : spec.readonlyPaths,
      rootfsPropagation: undefined,
    },
  };
}

function filterOf({ seccomp, privileged, process: { capabilities } }: SandboxSpec) {
  const { arch } = process;
  if (seccomp === 'unconfined') return undefined;
  if (seccomp !== 'default') return resolveProfile(seccomp, { capabilities, arch, kernel: release() });
  return privileged ? undefined : seccompProfile(capabilities, arch);
}

/** `process` of the runtime spec: for `config.json` and for `runc exec --process`. */
export function runtimeProcess(spec: ProcessSpec, machine: Machine, oomScoreAdj?: number): RuntimeSpec {
  const capabilities = spec.capabilities.filter((name) => machine.capabilities.includes(name));
  // A process that is not root keeps them in its bounding set only, so that a set-user-ID program may still get them.
  const own = spec.user.uid === 0 ? capabilities : [];
  return {
    terminal: spec.tty,
    consoleSize:
      spec.tty && spec.consoleSize ? { height: spec.consoleSize.rows, width: spec.consoleSize.cols } : undefined,
    user: {
      uid: spec.user.uid,
      gid: spec.user.gid,
      additionalGids: spec.user.additionalGids.length > 0 ? spec.user.additionalGids : undefined,
    },
    args: spec.args,
    env: spec.env,
    cwd: spec.cwd,
    capabilities: { bounding: capabilities, effective: own, permitted: own },
    rlimits: clampUlimits(machine, spec.ulimits ?? []).map(({ name, soft, hard }) => ({
      type: `RLIMIT_${name.toUpperCase()}`,
      soft: rlimit(soft),
      hard: rlimit(hard),
    })),
    noNewPrivileges: spec.noNewPrivileges,
    oomScoreAdj: boundedOomScore(machine, oomScoreAdj),
  };
}

/** RLIM_INFINITY is 2⁶⁴ − 1, which JSON numbers of JavaScript cannot hold exactly: `writeSpec` puts it in. */
function rlimit(value: number): number | string {
  return Number.isFinite(value) ? value : INFINITY_MARK;
}

const INFINITY_MARK = '@RLIM_INFINITY';

/** The specification as JSON text. */
export function writeSpec(spec: RuntimeSpec): string {
  return JSON.stringify(spec).replaceAll(`"${INFINITY_MARK}"`, '18446744073709551615');
}

/** A device node to make in the container (runtime-spec config-linux.md, Devices). */
function runtimeDevice({ pathOnHost: _, pathInContainer: path, ...node }: HostDevice): RuntimeSpec {
  return { path, ...node };
}

function boundDevice({ pathOnHost: source, pathInContainer: destination }: HostDevice): MountSpec {
  return { destination, type: 'bind', source, options: ['bind'] };
}

function runtimeMount(mount: MountSpec): RuntimeSpec {
  return { destination: mount.destination, type: mount.type, source: mount.source, options: mount.options };
}

function namespace(type: string, spec: NamespaceSpec): readonly RuntimeSpec[] {
  if (spec === 'host') return [];
  return [spec === 'private' ? { type } : { type, path: spec.path }];
}

/** `linux.resources` of the runtime spec, device rules apart. */
export function runtimeResources(limits: ResourceLimits): RuntimeSpec {
  return {
    memory: {
      limit: limits.memory || undefined,
      swap: limits.memorySwap || undefined,
      reservation: limits.memoryReservation || undefined,
      swappiness: limits.memorySwappiness,
      disableOOMKiller: limits.oomKillDisable || undefined,
    },
    cpu: {
      shares: limits.cpuShares || undefined,
      quota: limits.cpuQuota || undefined,
      period: limits.cpuPeriod || undefined,
      cpus: limits.cpusetCpus || undefined,
      mems: limits.cpusetMems || undefined,
    },
    pids: limits.pids ? { limit: limits.pids } : undefined,
    blockIO: runtimeBlockIo(limits),
  };
}

function runtimeBlockIo(limits: ResourceLimits): RuntimeSpec | undefined {
  const { blockIoWeight, blockIo = [], blockIoWeights = [] } = limits;
  if (!blockIoWeight && blockIo.length === 0 && blockIoWeights.length === 0) return undefined;
  const throttle = (wanted: BlockIoKind): readonly RuntimeSpec[] | undefined => {
    const found = blockIo.filter(({ kind }) => kind === wanted).map(({ kind: _, ...device }) => device);
    return found.length > 0 ? found : undefined;
  };
  return {
    weight: blockIoWeight || undefined,
    weightDevice: blockIoWeights.length > 0 ? blockIoWeights : undefined,
    throttleReadBpsDevice: throttle('readBps'),
    throttleWriteBpsDevice: throttle('writeBps'),
    throttleReadIOPSDevice: throttle('readIops'),
    throttleWriteIOPSDevice: throttle('writeIops'),
  };
}
