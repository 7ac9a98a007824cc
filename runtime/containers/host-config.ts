import { isIP } from 'node:net';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { type EngineError, invalid } from '../errors.ts';
import type { SandboxFeatures } from '../sandbox/sandbox.ts';
import { parseDeviceRule } from './device-rule.ts';
import { logRotation, wantsCompressedLogs } from './log-options.ts';
import { sandboxWarnings } from './sandbox-warnings.ts';

const RESTART_POLICIES = new Set(['', 'no', 'always', 'on-failure', 'unless-stopped']);
/** Docker's default has two names. */
const RUNTIMES: readonly string[] = ['', 'runc', 'io.containerd.runc.v2'];
/** Modes of namespaces beside `container:<name>`, by field. */
const MODES = {
  IpcMode: ['', 'private', 'shareable', 'host', 'none'],
  PidMode: ['', 'host'],
  UTSMode: ['', 'host'],
  CgroupnsMode: ['', 'private', 'host'],
  UsernsMode: ['', 'host'],
} as const;
/** As dockerd names them. */
const NAMES: Readonly<Record<string, string>> = { CgroupnsMode: 'cgroup namespace mode' };
const SHARED: readonly string[] = ['IpcMode', 'PidMode'];

/** Fields that the engine knows of and does nothing with, with what Docker calls them. */
const WITHOUT_EFFECT = {
  KernelMemory: 'Kernel memory limit',
  CpuRealtimePeriod: 'CPU real-time period',
  CpuRealtimeRuntime: 'CPU real-time runtime',
} as const satisfies Partial<Record<keyof HostConfig, string>>;

/**
 * Docker's defaults where nothing is said. What makes no sense or cannot be had here is an EngineError `invalid`, what
 * has no effect a warning.
 */
export function checkedHostConfig(host: HostConfig, features: SandboxFeatures, warnings: string[]): HostConfig {
  refuse(host);
  for (const [field, name] of Object.entries(WITHOUT_EFFECT)) {
    const value: unknown = host[field as keyof typeof WITHOUT_EFFECT];
    const isSet = Array.isArray(value) ? value.length > 0 : Boolean(value) && value !== -1;
    if (isSet) warnings.push(`${name} (${field}) has no effect here. Setting discarded.`);
  }
  if (host.NetworkMode === 'host' && Object.keys(host.PortBindings).length > 0) {
    warnings.push('Published ports are discarded when using host network mode');
  }
  warnings.push(...sandboxWarnings(host, features));
  if (wantsCompressedLogs(host.LogConfig)) warnings.push('Old log files are not compressed here. Setting discarded.');
  return {
    ...host,
    NetworkMode: host.NetworkMode || 'default',
    IpcMode: host.IpcMode || 'private',
    CgroupnsMode: host.CgroupnsMode || features.cgroupNamespace,
    RestartPolicy: { ...host.RestartPolicy, Name: host.RestartPolicy.Name || 'no' },
    LogConfig: { ...host.LogConfig, Type: host.LogConfig.Type || 'json-file' },
    MemorySwap: host.MemorySwap === 0 && host.Memory > 0 ? host.Memory * 2 : host.MemorySwap,
    MemorySwappiness: host.MemorySwappiness === -1 ? undefined : host.MemorySwappiness,
    Runtime: host.Runtime || 'runc',
  };
}

/** Error: EngineError `invalid` for a policy that there is not. */
export function refuseRestartPolicy({ Name: policy, MaximumRetryCount: retries }: HostConfig['RestartPolicy']): void {
  if (!RESTART_POLICIES.has(policy)) throw bad(`invalid restart policy: unknown policy '${policy}'`);
  if (retries < 0) throw bad('invalid restart policy: maximum retry count cannot be negative');
  if (retries > 0 && policy !== 'on-failure') {
    throw bad("invalid restart policy: maximum retry count can only be used with 'on-failure'");
  }
}

function refuse(host: HostConfig): void {
  refuseRestartPolicy(host.RestartPolicy);
  const { Name: policy } = host.RestartPolicy;
  if (host.AutoRemove && policy !== '' && policy !== 'no') {
    throw bad("can't create 'AutoRemove' container with restart policy");
  }
  logRotation(host.LogConfig);
  for (const [field, known] of Object.entries(MODES)) {
    const mode = host[field as keyof typeof MODES];
    const shares = SHARED.includes(field) && /^container:./.test(mode);
    if (!(known as readonly string[]).includes(mode) && !shares) throw bad(`invalid ${NAMES[field] ?? field}: ${mode}`);
  }
  if (host.Isolation !== '' && host.Isolation !== 'default') {
    throw bad(`invalid isolation '${host.Isolation}' on linux`);
  }
  if (!RUNTIMES.includes(host.Runtime)) throw bad(`unknown or invalid runtime name: ${host.Runtime}`);
  if (Object.keys(host.StorageOpt).length > 0) {
    throw bad('--storage-opt is not supported here: the writable layer of a container has no limit of its own');
  }
  const [request] = host.DeviceRequests;
  if (request !== undefined) {
    const capabilities = request.Capabilities.map((set) => `[${set.join(' ')}]`).join(' ');
    throw bad(
      `could not select device driver "${request.Driver}" with capabilities: [${capabilities}]: this engine has no runtime for GPUs`,
    );
  }
  if (host.ShmSize < 0) throw bad('SHM size can not be less than 0');
  if (host.OomScoreAdj < -1000 || host.OomScoreAdj > 1000) {
    throw bad(`Invalid value ${host.OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  }
  host.DeviceCgroupRules.forEach(parseDeviceRule);
  host.ExtraHosts.forEach(refuseExtraHost);
  for (const { Name, Soft, Hard } of host.Ulimits) {
    if (Hard !== -1 && Soft > Hard)
      throw bad(`ulimit ${Name}: soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`);
  }
}

/** `name:address`; the address of the host's end of the network is `host-gateway`. */
function refuseExtraHost(text: string): void {
  const [, address] = /^[^:]+:(.+)$/.exec(text) ?? [];
  if (address === undefined) throw bad(`bad format for add-host: ${JSON.stringify(text)}`);
  if (address === 'host-gateway' || isIP(address.replace(/^\[(.*)\]$/, '$1')) !== 0) return;
  throw bad(`invalid IP address in add-host: ${JSON.stringify(address)}`);
}

function bad(message: string): EngineError {
  return invalid({ code: 'host-config-invalid', message });
}
