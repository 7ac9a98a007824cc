import type { Machine } from './machine.ts';
import type { SandboxFeatures } from './sandbox.ts';

/** What the machine's control groups let a driver honour. */
export function machineFeatures(machine: Machine, seccomp: SandboxFeatures['seccomp']): SandboxFeatures {
  const { cgroups } = machine;
  const has = (controller: 'memory' | 'cpu' | 'cpuset' | 'pids' | 'freezer'): boolean => {
    if (machine.rootless || cgroups.version === 0) return false;
    if (cgroups.version === 1) return cgroups.paths.has(controller);
    return controller === 'freezer' || cgroups.controllers.has(controller);
  };
  return {
    memoryLimit: has('memory'),
    swapLimit: has('memory'),
    cpuLimit: has('cpu'),
    cpuset: has('cpuset'),
    pidsLimit: has('pids'),
    freezer: has('freezer'),
    seccomp,
    networkNamespace: true,
  };
}

/** What a driver honours that does not work at all. */
export const NO_FEATURES: SandboxFeatures = {
  memoryLimit: false,
  swapLimit: false,
  cpuLimit: false,
  cpuset: false,
  pidsLimit: false,
  freezer: false,
  seccomp: false,
  networkNamespace: false,
};
