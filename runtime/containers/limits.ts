import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { invalid } from '../errors.ts';
import type { ResourceLimits, SandboxFeatures } from '../sandbox/sandbox.ts';

/** The part of a HostConfig that limits. */
export type LimitFields = Pick<
  HostConfig,
  | 'Memory'
  | 'MemorySwap'
  | 'NanoCpus'
  | 'CpuQuota'
  | 'CpuPeriod'
  | 'CpuShares'
  | 'CpusetCpus'
  | 'CpusetMems'
  | 'PidsLimit'
>;

const PERIOD = 100_000;
const LEAST_MEMORY = 6 * 1024 * 1024;

/** Limits that can be honoured here, and Docker's warning for each that cannot. */
export interface CheckedLimits {
  readonly limits: ResourceLimits;
  readonly warnings: readonly string[];
}

/** Checks what a user asks for. Error: EngineError `invalid` with Docker's text. `cpus` is the machine's number of them. */
export function checkLimits(of: LimitFields, features: SandboxFeatures, cpus: number): CheckedLimits {
  if (of.Memory !== 0 && of.Memory < LEAST_MEMORY) throw bad('Minimum memory limit allowed is 6MB');
  if (of.MemorySwap > 0 && of.Memory === 0) {
    throw bad('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (of.MemorySwap > 0 && of.MemorySwap < of.Memory) {
    throw bad('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (of.NanoCpus < 0 || of.NanoCpus > cpus * 1e9) {
    throw bad(`Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  }
  if (of.NanoCpus > 0 && (of.CpuQuota > 0 || of.CpuPeriod > 0)) {
    throw bad('Conflicting options: Nano CPUs and CPU Period cannot both be set.');
  }
  const warnings: string[] = [];
  const honoured = (able: boolean, wanted: boolean, warning: string): boolean => {
    if (wanted && !able) warnings.push(warning);
    return wanted && able;
  };
  const memory = honoured(
    features.memoryLimit,
    of.Memory > 0,
    'Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.',
  );
  const swap =
    memory &&
    honoured(
      features.swapLimit,
      of.MemorySwap !== 0,
      'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    );
  const cpu = honoured(
    features.cpuLimit,
    of.NanoCpus > 0 || of.CpuQuota > 0 || of.CpuPeriod > 0 || of.CpuShares > 0,
    'Your kernel does not support CPU limits or the cgroup is not mounted. CPU limit discarded.',
  );
  const cpuset = honoured(
    features.cpuset,
    of.CpusetCpus !== '' || of.CpusetMems !== '',
    'Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.',
  );
  const pids = honoured(
    features.pidsLimit,
    of.PidsLimit > 0,
    'Your kernel does not support pids limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
  );
  const quota = of.NanoCpus > 0 ? Math.round((of.NanoCpus / 1e9) * PERIOD) : of.CpuQuota || undefined;
  return {
    warnings,
    limits: {
      ...(memory && { memory: of.Memory }),
      ...(memory && features.swapLimit && { memorySwap: swap ? of.MemorySwap : of.Memory * 2 }),
      ...(cpu && { cpuQuota: quota, cpuPeriod: of.CpuPeriod || (quota === undefined ? undefined : PERIOD) }),
      ...(cpu && of.CpuShares > 0 && { cpuShares: of.CpuShares }),
      ...(cpuset && { cpusetCpus: of.CpusetCpus || undefined, cpusetMems: of.CpusetMems || undefined }),
      ...(pids && { pids: of.PidsLimit }),
    },
  };
}

function bad(message: string) {
  return invalid({ code: 'limit-invalid', message });
}
