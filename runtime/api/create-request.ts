import type { ContainerCreate, EndpointRequest } from '../../protocol/engine/container-create.ts';
import type { HostConfig } from '../../protocol/engine/host-config.ts';
import { type EngineError, invalid } from '../errors.ts';
import type { ApiVersion } from './version.ts';

/** A body of `POST /containers/create` by the rules of its version, and the warnings of that. */
export interface CreateRequest {
  readonly body: ContainerCreate;
  readonly warnings: readonly string[];
}

type Mount = HostConfig['Mounts'][number];

/** Mount options that only mounts of one type may have. */
const OPTIONS = [
  ['VolumeOptions', 'volume'],
  ['BindOptions', 'bind'],
  ['TmpfsOptions', 'tmpfs'],
  ['ImageOptions', 'image'],
] as const satisfies readonly (readonly [keyof Mount, string])[];

/**
 * What a client asks for, by what its version knows (Docker Engine API, version history): what came later is left out,
 * or refused where leaving it out would give less than was asked for. Error: EngineError `invalid`.
 */
export function createRequest(sent: ContainerCreate, version: ApiVersion): CreateRequest {
  for (const mount of sent.HostConfig.Mounts) checkMount(mount, version);
  refuseSeveralNetworks(sent, version);
  const warnings: string[] = [];
  let body = sent;
  if (version.atLeast('1.42')) body = { ...body, HostConfig: { ...body.HostConfig, KernelMemory: 0 } };
  if (!version.atLeast('1.48')) body = withEndpoints(body, (endpoint) => ({ ...endpoint, GwPriority: 0 }));
  if (version.atLeast('1.48')) {
    refuseInterfaceSysctls(body.HostConfig);
    if (ignoresVolumeDriver(body.HostConfig)) {
      warnings.push(
        "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead",
      );
    }
  }
  if (version.atLeast('1.44') && body.MacAddress !== '') {
    body = withMacOfEndpoint(body);
    warnings.push(
      'The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.',
    );
  }
  return { body, warnings };
}

/** Before 1.44 a container has its further networks by `POST /networks/{id}/connect`, in dockerd's words. */
function refuseSeveralNetworks({ NetworkingConfig: { EndpointsConfig } }: ContainerCreate, version: ApiVersion): void {
  const names = Object.keys(EndpointsConfig);
  if (names.length > 1 && !version.atLeast('1.44')) {
    throw bad(`Container cannot be connected to network endpoints: ${names.join(', ')}`);
  }
}

function checkMount(mount: Mount, version: ApiVersion): void {
  if (version.atLeast('1.42')) {
    for (const [options, type] of OPTIONS) {
      if (mount[options] === undefined || mount.Type === type) continue;
      throw bad(`${options} must not be specified on mount type "${mount.Type}"`);
    }
  }
  if (mount.BindOptions?.ReadOnlyForceRecursive && !version.atLeast('1.44')) {
    throw bad('BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer');
  }
  if (mount.VolumeOptions?.Subpath && !version.atLeast('1.45')) {
    throw bad('VolumeOptions.Subpath needs API v1.45 or newer');
  }
  if (mount.Type === 'image' && !version.atLeast('1.48')) throw bad('Mount type "Image" needs API v1.48 or newer');
}

function withEndpoints(body: ContainerCreate, change: (endpoint: EndpointRequest) => EndpointRequest): ContainerCreate {
  const { EndpointsConfig: endpoints } = body.NetworkingConfig;
  const changed = Object.entries(endpoints).map(([name, endpoint]) => [name, endpoint && change(endpoint)] as const);
  return { ...body, NetworkingConfig: { EndpointsConfig: Object.fromEntries(changed) } };
}

/** From 1.44 on a MAC address is one of an endpoint: the container's becomes that of the network that its mode names. */
function withMacOfEndpoint(body: ContainerCreate): ContainerCreate {
  const { MacAddress, HostConfig: host, NetworkingConfig: networking } = body;
  const plain = { ...body, MacAddress: '' };
  if (/^(host|none|container:.*)$/.test(host.NetworkMode)) return plain;
  const mode = host.NetworkMode || 'default';
  const names = mode === 'default' || mode === 'bridge' ? ['default', 'bridge'] : [mode];
  const endpoints: Readonly<Record<string, EndpointRequest | null>> = networking.EndpointsConfig;
  const key = names.find((name) => endpoints[name]);
  if (key === undefined && Object.values(endpoints).some((endpoint) => endpoint !== null)) {
    throw bad(
      'unable to migrate container-wide MAC address to a specific network: HostConfig.NetworkMode must match the identity of a network in NetworkSettings.Networks',
    );
  }
  if (key === undefined) return body;
  const endpoint = endpoints[key]!;
  if (endpoint.MacAddress !== '' && endpoint.MacAddress !== MacAddress) {
    throw bad(
      'the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty',
    );
  }
  return {
    ...plain,
    NetworkingConfig: { EndpointsConfig: { ...endpoints, [key]: { ...endpoint, MacAddress } } },
  };
}

/** Which interface is `eth0` is settled at the start: from 1.48 on such a setting belongs to an endpoint. */
function refuseInterfaceSysctls({ Sysctls }: HostConfig): void {
  const name = Object.keys(Sysctls).find((each) => /^net\.[^.]+\.[^.]+\.eth[^.]*\./.test(each));
  if (name === undefined) return;
  throw bad(
    `interface specific sysctl setting "${name}" must be supplied using driver option 'com.docker.network.endpoint.sysctls'`,
  );
}

function ignoresVolumeDriver({ VolumeDriver, Mounts }: HostConfig): boolean {
  return (
    VolumeDriver !== '' && Mounts.some((mount) => mount.Type === 'volume' && !mount.VolumeOptions?.DriverConfig?.Name)
  );
}

function bad(message: string): EngineError {
  return invalid({ code: 'create-request', message });
}
