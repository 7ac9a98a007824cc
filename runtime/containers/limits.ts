import type { HostConfig } from '../../protocol/engine/host-config.ts';
import type { ResourceLimits, SandboxFeatures } from '../sandbox/sandbox.ts';
import { type BlockIoFields, limitsBlockIo } from './block-io.ts';
import { type MachineSize, refuseLimits } from './limit-ranges.ts';

/** The part of a HostConfig that limits. */
export type LimitFields = BlockIoFields &
  Pick<
    HostConfig,
    | 'BlkioWeight'
    | 'BlkioWeightDevice'
    | 'CgroupParent'
    | 'DeviceCgroupRules'
    | 'Memory'
    | 'MemoryReservation'
    | 'MemorySwap'
    | 'MemorySwappiness'
    | 'OomKillDisable'
    | 'NanoCpus'
    | 'CpuQuota'
    | 'CpuPeriod'
    | 'CpuShares'
    | 'CpusetCpus'
    | 'CpusetMems'
    | 'PidsLimit'
  >;

const PERIOD = 100_000;

/** Limits that can be honoured here, and Docker's warning for each that cannot. */
export interface CheckedLimits {
  readonly limits: ResourceLimits;
  /** Whether devices' speeds can be limited: `blockIoLimits` finds the devices. */
  readonly throttles: boolean;
  /** Whether devices' time can be shared: `blockIoWeights` finds them. */
  readonly deviceWeights: boolean;
  readonly warnings: readonly string[];
}

/** Checks what a user asks for. Error: EngineError `invalid` with Docker's text. */
export function checkLimits(of: LimitFields, features: SandboxFeatures, machine: MachineSize): CheckedLimits {
  refuseLimits(of, machine);
  return honouredLimits(of, features);
}

/** The same of limits that have been checked, or that are a part of such. */
export function honouredLimits(of: LimitFields, features: SandboxFeatures): CheckedLimits {
  const warnings: string[] = [];
  const honoured = (able: boolean, wanted: boolean, what: string, discarded: string): boolean => {
    if (wanted && !able) {
      warnings.push(`Your kernel does not support ${what} or the cgroup is not mounted. ${discarded}`);
    }
    return wanted && able;
  };
  const memory = honoured(features.memoryLimit, of.Memory > 0, 'memory limit capabilities', 'Limitation discarded.');
  const swap =
    memory &&
    honoured(features.swapLimit, of.MemorySwap !== 0, 'swap limit capabilities', 'Memory limited without swap.');
  const reservation = honoured(
    features.memoryReservation,
    of.MemoryReservation > 0,
    'memory soft limit capabilities',
    'Limitation discarded.',
  );
  const swappiness = honoured(
    features.memorySwappiness,
    of.MemorySwappiness !== undefined,
    'memory swappiness capabilities,',
    'Memory swappiness discarded.',
  );
  const oom = honoured(
    features.oomKillDisable,
    Boolean(of.OomKillDisable),
    'OomKillDisable',
    'OomKillDisable discarded.',
  );
  if (oom && !memory) {
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    );
  }
  const cpu = honoured(
    features.cpuLimit,
    of.NanoCpus > 0 || of.CpuQuota !== 0 || of.CpuPeriod > 0 || of.CpuShares > 0,
    'CPU limits',
    'CPU limit discarded.',
  );
  const cpuset = honoured(features.cpuset, of.CpusetCpus !== '' || of.CpusetMems !== '', 'cpuset', 'Cpuset discarded.');
  const pids = honoured(features.pidsLimit, of.PidsLimit !== 0, 'pids limit capabilities', 'PIDs limit discarded.');
  const weight = honoured(features.blockIoWeight, of.BlkioWeight > 0, 'Block I/O weight', 'Weight discarded.');
  const throttles = honoured(
    features.blockIoThrottle,
    limitsBlockIo(of),
    'Block I/O limits',
    'Block I/O limit discarded.',
  );
  const deviceWeights = honoured(
    features.blockIoWeight,
    of.BlkioWeightDevice.length > 0,
    'Block I/O weight_device',
    'Weight-device discarded.',
  );
  honoured(features.deviceRules, of.DeviceCgroupRules.length > 0, 'device rules', 'Device rules discarded.');
  honoured(features.cgroupManager !== 'none', of.CgroupParent !== '', 'control groups', 'Cgroup parent discarded.');
  const quota = of.NanoCpus > 0 ? Math.round((of.NanoCpus / 1e9) * PERIOD) : of.CpuQuota || undefined;
  return {
    warnings,
    throttles,
    deviceWeights,
    limits: {
      ...(memory && { memory: of.Memory }),
      ...(memory && features.swapLimit && { memorySwap: swap ? of.MemorySwap : of.Memory * 2 }),
      ...(reservation && { memoryReservation: of.MemoryReservation }),
      ...(swappiness && { memorySwappiness: of.MemorySwappiness }),
      ...(oom && { oomKillDisable: true }),
      ...(cpu && { cpuQuota: quota, cpuPeriod: of.CpuPeriod || (quota === undefined ? undefined : PERIOD) }),
      ...(cpu && of.CpuShares > 0 && { cpuShares: of.CpuShares }),
      ...(cpuset && { cpusetCpus: of.CpusetCpus || undefined, cpusetMems: of.CpusetMems || undefined }),
      ...(pids && { pids: of.PidsLimit }),
      ...(weight && { blockIoWeight: of.BlkioWeight }),
    },
  };
}
