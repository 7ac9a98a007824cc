import { highestUlimits, type Machine } from './machine.ts';
import type { CgroupNamespace, SandboxFeatures, SandboxSpec } from './sandbox.ts';

/** What the machine's control groups let a driver honour. */
export function machineFeatures(machine: Machine, seccomp: SandboxFeatures['seccomp']): SandboxFeatures {
  const { groups: cgroups } = machine;
  const has = (controller: 'memory' | 'cpu' | 'cpuset' | 'pids' | 'freezer'): boolean => {
    if (cgroups.version === 0) return false;
    if (cgroups.version === 1) return cgroups.paths.has(controller);
    return controller === 'freezer' || cgroups.controllers.has(controller);
  };
  const blockIo = blockIoFeatures(machine);
  return {
    isolation: true,
    memoryLimit: has('memory'),
    swapLimit: has('memory'),
    cpuLimit: has('cpu'),
    cpuset: has('cpuset'),
    pidsLimit: has('pids'),
    memoryReservation: has('memory'),
    memorySwappiness: cgroups.version === 1 && has('memory'),
    oomKillDisable: cgroups.version === 1 && has('memory'),
    blockIoWeight: blockIo.weight,
    blockIoThrottle: blockIo.throttle,
    deviceRules: false,
    cgroupManager: cgroups.version !== 0 ? 'cgroupfs' : 'none',
    cgroupNamespace: defaultCgroupNamespace(machine),
    freezer: has('freezer'),
    seccomp,
    networkNamespace: true,
    domainName: true,
    ownDeviceNodes: false,
    recursiveReadonly: true,
    ...machineBounds(machine),
  };
}

/** What no driver can give more of than the daemon has itself. */
export function machineBounds(
  machine: Machine,
): Pick<SandboxFeatures, 'capabilities' | 'highestUlimits' | 'lowestOomScore'> {
  return {
    capabilities: machine.capabilities,
    highestUlimits: highestUlimits(machine),
    lowestOomScore: machine.lowestOomScore,
  };
}

/** Docker's default: version 1 of control groups was there before their namespaces. */
function defaultCgroupNamespace({ cgroups }: Machine): CgroupNamespace {
  return cgroups.version === 2 ? 'private' : 'host';
}

/** What a sandbox is to have. */
export function cgroupNamespace({ namespaces }: SandboxSpec, machine: Machine): CgroupNamespace {
  return namespaces.cgroup === 'default' ? defaultCgroupNamespace(machine) : namespaces.cgroup;
}

function blockIoFeatures({ groups: cgroups }: Machine): { readonly weight: boolean; readonly throttle: boolean } {
  if (cgroups.version === 0) return { weight: false, throttle: false };
  if (cgroups.version === 1) return cgroups.blockIo;
  const io = cgroups.controllers.has('io');
  return { weight: io, throttle: io };
}

/** What a driver honours that does not work at all. */
export const NO_FEATURES: SandboxFeatures = {
  isolation: false,
  memoryLimit: false,
  swapLimit: false,
  cpuLimit: false,
  cpuset: false,
  pidsLimit: false,
  memoryReservation: false,
  memorySwappiness: false,
  oomKillDisable: false,
  blockIoWeight: false,
  blockIoThrottle: false,
  deviceRules: false,
  cgroupManager: 'none',
  cgroupNamespace: 'host',
  freezer: false,
  seccomp: false,
  networkNamespace: false,
  domainName: false,
  ownDeviceNodes: false,
  recursiveReadonly: false,
  capabilities: [],
  highestUlimits: {},
  lowestOomScore: 0,
};
