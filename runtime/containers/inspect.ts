import { join } from 'node:path';
import type { EndpointRequest } from '../../protocol/engine/container-create.ts';
import { PREDEFINED } from '../networks/network-store.ts';
import type { NetworkEndpoint } from '../networks/networks.ts';
import { DEFAULT_MASKED_PATHS, DEFAULT_READONLY_PATHS, DEFAULT_SHM_SIZE } from '../sandbox/defaults.ts';
import type { Container } from './container.ts';
import { shortContainerId } from './container-id.ts';
import type { Containers } from './containers.ts';
import { healthRecord } from './health-state.ts';
import { parseLink } from './links.ts';
import { commandLine } from './merge-config.ts';
import { portMap } from './ports.ts';
import type { ContainerState, MountPoint } from './record.ts';
import { NEVER } from './timestamp.ts';
import { isOffAll, primaryNetwork } from './wanted-networks.ts';

/** Sizes of a container, bytes, where they were asked for. */
export interface ContainerSizes {
  readonly SizeRw: number;
  readonly SizeRootFs: number;
}

/** What `GET /containers/{id}/json` tells. */
export function inspectContainer(containers: Containers, container: Container, sizes?: ContainerSizes) {
  const { record, state, run, folder } = container;
  const [path = '', ...args] = commandLine(record.config);
  const execs = containers.execs.running(container.id);
  return {
    Id: container.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: {
      Status: state.status,
      Running: container.isRunning || state.status === 'restarting',
      Paused: state.status === 'paused',
      Restarting: state.status === 'restarting',
      OOMKilled: state.oomKilled,
      Dead: state.status === 'dead',
      Pid: run?.process.pid ?? 0,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: state.startedAt,
      FinishedAt: state.finishedAt,
      ...(container.health && { Health: healthRecord(container.health) }),
    },
    Image: record.imageId,
    ResolvConfPath: join(folder, 'resolv.conf'),
    HostnamePath: join(folder, 'hostname'),
    HostsPath: join(folder, 'hosts'),
    // Docker names the file of this driver alone, and once there may be one.
    LogPath: record.hostConfig.LogConfig.Type === 'json-file' && hasStarted(state) ? container.log.path : '',
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: containers.floor.snapshots.name === 'overlay' ? 'overlay2' : 'vfs',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: hostConfigRecord(container),
    GraphDriver: { Data: null, Name: containers.floor.snapshots.name === 'overlay' ? 'overlay2' : 'vfs' },
    ...sizes,
    Mounts: record.mounts
      .filter((mount) => mount.type !== 'tmpfs' || !(mount.destination in record.hostConfig.Tmpfs))
      .map(mountRecord),
    Config: configRecord(container),
    NetworkSettings: networkSettings(container),
  };
}

function hasStarted({ startedAt }: ContainerState): boolean {
  return startedAt !== NEVER;
}

/** `Config` of a container's inspect, which an image committed from it keeps too. */
export function configRecord(container: Container) {
  const { config, image } = container.record;
  return {
    Hostname: config.Hostname,
    Domainname: config.Domainname,
    User: config.User,
    AttachStdin: config.AttachStdin,
    AttachStdout: config.AttachStdout,
    AttachStderr: config.AttachStderr,
    ...(Object.keys(config.ExposedPorts).length > 0 && { ExposedPorts: config.ExposedPorts }),
    Tty: config.Tty,
    OpenStdin: config.OpenStdin,
    StdinOnce: config.StdinOnce,
    Env: config.Env,
    Cmd: config.Cmd ?? null,
    ...(config.Healthcheck && { Healthcheck: config.Healthcheck }),
    Image: image,
    Volumes: Object.keys(config.Volumes).length > 0 ? config.Volumes : null,
    WorkingDir: config.WorkingDir,
    Entrypoint: config.Entrypoint ?? null,
    ...(config.MacAddress !== '' && { MacAddress: config.MacAddress }),
    ...(config.NetworkDisabled && { NetworkDisabled: true }),
    OnBuild: config.OnBuild ?? null,
    Labels: config.Labels,
    ...(config.StopSignal && { StopSignal: config.StopSignal }),
    ...(config.StopTimeout !== undefined && { StopTimeout: config.StopTimeout }),
    ...(config.Shell && { Shell: config.Shell }),
  };
}

function hostConfigRecord(container: Container) {
  const { record } = container;
  const { hostConfig } = record;
  const orNull = (list: readonly string[]): readonly string[] | null => (list.length > 0 ? list : null);
  const {
    Tmpfs: tmpfs,
    Sysctls: sysctls,
    Mounts: mounts,
    StorageOpt: _storage,
    Annotations: annotations,
    ...rest
  } = hostConfig;
  const open = hostConfig.Privileged;
  return {
    ...rest,
    Binds: orNull(hostConfig.Binds),
    ...(mounts.length > 0 && { Mounts: mounts }),
    ...(Object.keys(tmpfs).length > 0 && { Tmpfs: tmpfs }),
    ...(Object.keys(sysctls).length > 0 && { Sysctls: sysctls }),
    ...(Object.keys(annotations).length > 0 && { Annotations: annotations }),
    VolumesFrom: orNull(hostConfig.VolumesFrom),
    CapAdd: orNull(hostConfig.CapAdd),
    CapDrop: orNull(hostConfig.CapDrop),
    ExtraHosts: orNull(hostConfig.ExtraHosts),
    GroupAdd: orNull(hostConfig.GroupAdd),
    Links: orNull(hostConfig.Links.map(parseLink).map(({ name, alias }) => `/${name}:/${record.name}/${alias}`)),
    SecurityOpt: orNull(hostConfig.SecurityOpt),
    ShmSize: hostConfig.ShmSize || DEFAULT_SHM_SIZE,
    MemorySwappiness: hostConfig.MemorySwappiness ?? null,
    OomKillDisable: hostConfig.OomKillDisable ?? false,
    PidsLimit: hostConfig.PidsLimit > 0 ? hostConfig.PidsLimit : null,
    Isolation: hostConfig.Isolation,
    Cgroup: '',
    DeviceCgroupRules: orNull(hostConfig.DeviceCgroupRules),
    DeviceRequests: null,
    KernelMemoryTCP: 0,
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
    MaskedPaths: open ? null : (hostConfig.MaskedPaths ?? DEFAULT_MASKED_PATHS),
    ReadonlyPaths: open ? null : (hostConfig.ReadonlyPaths ?? DEFAULT_READONLY_PATHS),
  };
}

/** One entry of `Mounts`. */
export function mountRecord(mount: MountPoint) {
  return {
    Type: mount.type,
    ...((mount.type === 'volume' || mount.type === 'image') && { Name: mount.name }),
    Source: mount.source,
    Destination: mount.destination,
    ...(mount.type === 'volume' && { Driver: 'local' }),
    Mode: mount.mode,
    RW: !mount.readOnly,
    Propagation: mount.propagation,
  };
}

function networkSettings(container: Container) {
  const { run, record } = container;
  const attachment = run?.attachment;
  const first = attachment?.endpoints[0];
  const bridge = first?.networkName === 'bridge' ? first : undefined;
  return {
    Bridge: '',
    SandboxID: attachment?.sandboxId ?? '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: attachment === undefined ? {} : portMap(attachment.ports, Object.keys(record.config.ExposedPorts)),
    SandboxKey: attachment?.netnsPath ?? '',
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge?.endpointId ?? '',
    Gateway: bridge?.gateway ?? '',
    GlobalIPv6Address: bridge?.ipv6?.ip ?? '',
    GlobalIPv6PrefixLen: bridge?.ipv6?.prefix ?? 0,
    IPAddress: bridge?.ip ?? '',
    IPPrefixLen: bridge?.prefix ?? 0,
    IPv6Gateway: bridge?.ipv6?.gateway ?? '',
    MacAddress: bridge?.mac ?? '',
    Networks: networkRecords(container),
  };
}

/** `Networks` of inspect and of lists: those that it is on, or, while it does not run, will be on. */
export function networkRecords(container: Container): Record<string, ReturnType<typeof endpointRecord>> {
  const { record, run } = container;
  const endpoints = run?.attachment.endpoints ?? [];
  const requestOf = (name: string): EndpointRequest | undefined =>
    record.networks[name] ?? (name === 'bridge' ? record.networks.default : undefined);
  const show = (name: string, endpoint: NetworkEndpoint | undefined) =>
    [name, endpointRecord(container, name, endpoint, requestOf(name))] as const;
  if (endpoints.length > 0) return Object.fromEntries(endpoints.map((each) => show(each.networkName, each)));
  const primary = primaryNetwork(record);
  if (primary.startsWith('container:') || isOffAll(record)) return {};
  const names = [primary, ...Object.keys(record.networks).filter((name) => name !== 'default')];
  return Object.fromEntries([...new Set(names)].map((name) => show(name, undefined)));
}

function endpointRecord(
  container: Container,
  network: string,
  endpoint: NetworkEndpoint | undefined,
  request: EndpointRequest | undefined,
) {
  const isNamed = isUserDefined(network);
  const aliases = [...new Set(endpoint?.aliases ?? request?.Aliases ?? [])];
  const names = [container.name, ...aliases, shortContainerId(container.id), container.record.config.Hostname];
  const links = request?.Links ?? [];
  return {
    IPAMConfig: request?.IPAMConfig === undefined ? null : ipamRecord(request.IPAMConfig),
    Links: links.length > 0 ? links : null,
    Aliases: aliases.length > 0 ? aliases : null,
    DNSNames: isNamed ? [...new Set(names)] : null,
    GwPriority: request?.GwPriority ?? 0,
    NetworkID: endpoint?.networkId ?? container.record.networkIds?.[network] ?? '',
    EndpointID: endpoint?.endpointId ?? '',
    Gateway: endpoint?.gateway ?? '',
    IPAddress: endpoint?.ip ?? '',
    IPPrefixLen: endpoint?.prefix ?? 0,
    IPv6Gateway: endpoint?.ipv6?.gateway ?? '',
    GlobalIPv6Address: endpoint?.ipv6?.ip ?? '',
    GlobalIPv6PrefixLen: endpoint?.ipv6?.prefix ?? 0,
    MacAddress: endpoint?.mac ?? request?.MacAddress ?? '',
    DriverOpts: Object.keys(request?.DriverOpts ?? {}).length > 0 ? request?.DriverOpts : null,
  };
}

/** Whether a network has been made by somebody, so that its containers find each other by name. */
export function isUserDefined(network: string): boolean {
  return !PREDEFINED.includes(network);
}

/** What was asked for of addresses, without what was not. */
function ipamRecord({ IPv4Address, IPv6Address, LinkLocalIPs }: NonNullable<EndpointRequest['IPAMConfig']>) {
  return {
    ...(IPv4Address !== '' && { IPv4Address }),
    ...(IPv6Address !== '' && { IPv6Address }),
    ...(LinkLocalIPs.length > 0 && { LinkLocalIPs }),
  };
}
