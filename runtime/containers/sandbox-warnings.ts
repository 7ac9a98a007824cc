import type { HostConfig } from '../../protocol/engine/host-config.ts';
import type { SandboxFeatures } from '../sandbox/sandbox.ts';

/** Without isolation there is one of each, the machine's. */
const OF_ISOLATION: readonly (readonly [what: string, setting: string, isWanted: (host: HostConfig) => boolean])[] = [
  ['cgroup namespaces', 'Cgroup namespace setting', ({ CgroupnsMode }) => CgroupnsMode === 'private'],
  ['PID namespaces', 'PID mode', ({ PidMode }) => PidMode.startsWith('container:')],
  ['IPC namespaces', 'IPC mode', ({ IpcMode }) => IpcMode !== '' && IpcMode !== 'host'],
  ['read-only root file systems', 'Read-only setting', ({ ReadonlyRootfs }) => ReadonlyRootfs],
  ['shared memory of a container’s own', 'Shared memory size', ({ ShmSize }) => ShmSize > 0],
  ['devices', 'Devices', ({ Devices }) => Devices.length > 0],
  ['sysctls', 'Sysctls', ({ Sysctls }) => Object.keys(Sysctls).length > 0],
];

/** What the sandbox cannot honour of what a container is to have, limits apart: a line each. */
export function sandboxWarnings(host: HostConfig, features: SandboxFeatures): string[] {
  const unisolated = features.isolation ? [] : OF_ISOLATION.filter(([, , isWanted]) => isWanted(host));
  return [
    ...unisolated.map(([what, setting]) => `The sandbox does not support ${what}. ${setting} discarded.`),
    ...bindWarnings(host, features),
    ...portWarnings(host, features),
    ...capabilityWarnings(host, features),
    ...deviceWarnings(host, features),
    ...ulimitWarnings(host, features),
    ...oomScoreWarnings(host, features),
  ];
}

/** The same of its names. */
export function nameWarnings(
  { Hostname, Domainname }: { readonly Hostname: string; readonly Domainname: string },
  features: SandboxFeatures,
): string[] {
  const warnings: string[] = [];
  if (Hostname !== '' && !features.isolation) {
    warnings.push('The sandbox does not support host names: the container’s is in its files and variables only.');
  }
  if (Domainname !== '' && !features.domainName) {
    warnings.push('The sandbox does not support domain names: the container’s is in its /etc/hosts only.');
  }
  return warnings;
}

function bindWarnings({ Binds, Mounts }: HostConfig, { isolation }: SandboxFeatures): string[] {
  if (isolation || !(Binds.length > 0 || Mounts.some(({ Type }) => Type === 'bind'))) return [];
  return [
    'The sandbox does not support mounts. Files are copied into the container, and folders refused when it starts.',
  ];
}

function portWarnings({ NetworkMode, PortBindings, PublishAllPorts }: HostConfig, features: SandboxFeatures): string[] {
  const publishes = PublishAllPorts || Object.keys(PortBindings).length > 0;
  if (!publishes || features.networkNamespace || NetworkMode === 'host') return [];
  return ['The sandbox does not support network namespaces. Published ports discarded.'];
}

/** `ALL` is as much as there is. */
function capabilityWarnings({ CapAdd, Privileged }: HostConfig, features: SandboxFeatures): string[] {
  if (Privileged) return [];
  const names = CapAdd.map((name) => `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`);
  const missing = names.filter((name) => name !== 'CAP_ALL' && !features.capabilities.includes(name));
  const warnings = missing.map((name) => `The sandbox cannot give ${name}. Capability discarded.`);
  if (!missing.includes('CAP_MKNOD') && names.includes('CAP_MKNOD') && !features.ownDeviceNodes) {
    warnings.push('The sandbox lets no container open device nodes of its own: name the devices by --device.');
  }
  return warnings;
}

function deviceWarnings({ Devices }: HostConfig, features: SandboxFeatures): string[] {
  if (features.deviceRules || !features.isolation) return [];
  // Nobody makes nodes there in any case.
  const isRestricted = (access: string): boolean => access !== '' && !(access.includes('r') && access.includes('w'));
  const restricted = Devices.filter(({ CgroupPermissions }) => isRestricted(CgroupPermissions));
  return restricted.map(
    ({ PathOnHost, CgroupPermissions }) =>
      `The sandbox does not support device rules. Permissions ${CgroupPermissions} of ${PathOnHost} discarded.`,
  );
}

function ulimitWarnings({ Ulimits }: HostConfig, features: SandboxFeatures): string[] {
  return Ulimits.flatMap(({ Name, Hard }) => {
    const highest = features.highestUlimits[Name] ?? Number.POSITIVE_INFINITY;
    const isHigher = Hard < 0 ? Number.isFinite(highest) : Hard > highest;
    return isHigher
      ? [`The engine itself may have no more than ${highest} (ulimit ${Name}). Limit lowered to that.`]
      : [];
  });
}

function oomScoreWarnings({ OomScoreAdj }: HostConfig, { lowestOomScore }: SandboxFeatures): string[] {
  if (OomScoreAdj === 0 || OomScoreAdj >= lowestOomScore) return [];
  return [`The engine may not lower the OOM score below ${lowestOomScore}. OOM score adjustment raised to that.`];
}
