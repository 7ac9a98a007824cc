import { invalid } from '../errors.ts';
import { formatList, holds, parseList } from '../os/number-list.ts';
import type { LimitFields } from './limits.ts';

const LEAST_MEMORY = 6 * 1024 * 1024;

/** What a machine has to give. */
export interface MachineSize {
  readonly cpus: number;
  /** Numbers of the nodes that have memory. */
  readonly memoryNodes: readonly number[];
}

/** Refuses limits that make no sense, in Docker's words. Error: EngineError `invalid`. */
export function refuseLimits(of: LimitFields, { cpus, memoryNodes }: MachineSize): void {
  refuseMemory(of);
  if (of.NanoCpus < 0 || of.NanoCpus > cpus * 1e9) {
    throw bad(`Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  }
  if (of.NanoCpus > 0 && (of.CpuQuota > 0 || of.CpuPeriod > 0)) {
    throw bad('Conflicting options: Nano CPUs and CPU Period cannot both be set.');
  }
  if (of.CpuPeriod !== 0 && (of.CpuPeriod < 1000 || of.CpuPeriod > 1_000_000)) {
    throw bad('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (of.CpuQuota > 0 && of.CpuQuota < 1000) throw bad('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (of.CpuShares < 0) throw bad(`shares: invalid argument: CPU shares are not below 0, as ${of.CpuShares} is`);
  refuseCpuset('cpus', of.CpusetCpus, [...Array(cpus).keys()]);
  refuseCpuset('mems', of.CpusetMems, memoryNodes);
  const badDevice = of.BlkioWeightDevice.find(({ Weight }) => Weight !== 0 && (Weight < 10 || Weight > 1000));
  if (badDevice !== undefined) throw bad(`Range of blkio weight of ${badDevice.Path} is from 10 to 1000`);
  if (of.BlkioWeight !== 0 && (of.BlkioWeight < 10 || of.BlkioWeight > 1000)) {
    throw bad('Range of blkio weight is from 10 to 1000');
  }
}

function refuseMemory(of: LimitFields): void {
  const { Memory: memory, MemorySwap: swap, MemoryReservation: reservation, MemorySwappiness: swappiness = 0 } = of;
  if (memory !== 0 && memory < LEAST_MEMORY) throw bad('Minimum memory limit allowed is 6MB');
  if (swap > 0 && memory === 0) {
    throw bad('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  if (swap > 0 && swap < memory) throw bad('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (reservation !== 0 && reservation < LEAST_MEMORY) throw bad('Minimum memory reservation allowed is 6MB');
  if (memory > 0 && memory < reservation) {
    throw bad('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  if (swappiness < 0 || swappiness > 100) {
    throw bad(`Invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  }
}

/** `0-2,4`. */
function refuseCpuset(kind: 'cpus' | 'mems', text: string, there: readonly number[]): void {
  if (text === '') return;
  const wanted = parseList(text);
  if (wanted === undefined) throw bad(`Invalid value ${text} for cpuset ${kind}`);
  if (wanted.every((range) => holds(there, range))) return;
  const what = kind === 'cpus' ? 'CPUs' : 'memory nodes';
  throw bad(`Requested ${what} are not available - requested ${text}, available: ${formatList(there)}`);
}

function bad(message: string) {
  return invalid({ code: 'limit-invalid', message });
}
