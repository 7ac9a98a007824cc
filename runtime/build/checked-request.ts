import { cpus } from 'node:os';
import * as z from 'zod/mini';
import { HostConfig } from '../../protocol/engine/host-config.ts';
import { checkedHostConfig } from '../containers/host-config.ts';
import { checkLimits } from '../containers/limits.ts';
import { memoryNodes } from '../os/number-list.ts';
import type { SandboxFeatures } from '../sandbox/sandbox.ts';
import type { BuildProgress, BuildRequest } from './builder.ts';

/**
 * Holds what RUN is to get to the rules of containers: what makes no sense is refused in Docker's words, what this machine
 * cannot honour is left out, with a warning. Error: EngineError `invalid`.
 */
export async function checkedRequest(
  request: BuildRequest,
  features: SandboxFeatures,
  progress: BuildProgress,
): Promise<BuildRequest> {
  const { limits = {}, shmSize, extraHosts, ulimits, cgroupParent } = request;
  const isPlain =
    Object.values(limits).every((value) => value === undefined) &&
    [shmSize, extraHosts?.[0], ulimits?.[0], cgroupParent].every((value) => value === undefined);
  if (isPlain) return request;
  const warnings: string[] = [];
  const asked = z.parse(HostConfig, {
    Memory: limits.memory,
    MemorySwap: limits.memorySwap,
    CpuQuota: limits.cpuQuota,
    CpuPeriod: limits.cpuPeriod,
    CpuShares: limits.cpuShares,
    CpusetCpus: limits.cpusetCpus,
    CpusetMems: limits.cpusetMems,
    ShmSize: shmSize,
    ExtraHosts: extraHosts,
    Ulimits: ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    CgroupParent: cgroupParent,
    Runtime: 'runc',
  });
  const host = checkedHostConfig(asked, features, warnings);
  const checked = checkLimits(host, features, { cpus: cpus().length, memoryNodes: await memoryNodes() });
  for (const message of [...warnings, ...checked.warnings]) progress({ kind: 'warning', message });
  return { ...request, limits: checked.limits };
}
