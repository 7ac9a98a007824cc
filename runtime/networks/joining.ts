import { randomBytes } from 'node:crypto';
import type { AttachedContainer, AttachedEndpoint } from './attached.ts';
import { bridgeOptions } from './bridge-options.ts';
import type { Bridge, BridgeAddresses } from './bridges.ts';
import type { Ground } from './ground.ts';
import { macOf } from './mac-address.ts';
import { interfaceTaken, noIpv6Here, sysctlRefused } from './network-errors.ts';
import { newId, type StoredNetwork } from './network-store.ts';
import type { EndpointAddress, EndpointOptions, InterfaceSysctl, NetworkEndpoint } from './networks.ts';

/** Gives a container an interface on a network. Errors: EngineError `invalid` for an address that it cannot have. */
export async function joinNetwork(
  container: AttachedContainer,
  network: StoredNetwork,
  options: EndpointOptions,
  ground: Ground,
): Promise<AttachedEndpoint> {
  if (options.ipv6Address !== undefined && network.ipv6 === undefined) throw noIpv6Here(network.name);
  const { mtu, neighbours } = bridgeOptions(network.options);
  const interfaceName = options.interfaceName ?? freeName(container);
  if (interfaceName === 'lo' || container.endpoints.some((each) => each.endpoint.interfaceName === interfaceName)) {
    throw interfaceTaken(interfaceName);
  }
  const [bridge] = await Promise.all([ground.bridges.get(network), ground.uplink()]);
  const { ipv6, ...ipv4 } = takeAddresses(bridge, network, options);
  const endpoint: NetworkEndpoint = {
    networkName: network.name,
    networkId: network.id,
    endpointId: newId(),
    ...ipv4,
    ipv6,
    mac: options.macAddress || macOf(ipv4.ip),
    interfaceName,
    aliases: options.aliases ?? [],
    links: options.links ?? [],
    gatewayPriority: options.gatewayPriority,
  };
  const attached = { endpoint, network, bridge, hostName: `veth${randomBytes(4).toString('hex')}` };
  try {
    await ground.thread.call('connect', {
      netns: container.netnsPath ?? '',
      bridge: bridge.name,
      hostName: attached.hostName,
      name: endpoint.interfaceName,
      mac: endpoint.mac,
      mtu,
      neighbours,
      addresses: [ipv4, ...(ipv6 === undefined ? [] : [ipv6]), ...(options.linkLocalIps ?? []).map(linkLocal)],
      gateways: VERSIONS.flatMap((of) =>
        wayOut([...container.endpoints, attached], of) === attached ? [gatewayOf(attached, of)] : [],
      ),
    });
    await setSysctls(container, endpoint, options.sysctls ?? [], ground);
  } catch (error) {
    await ground.thread.call('removeLink', attached.hostName);
    giveAddresses(attached);
    throw error;
  }
  container.endpoints.push(attached);
  return attached;
}

/** As large as the range of such addresses is (RFC 3927), or one of its subnets (RFC 4291). */
function linkLocal(ip: string): Pick<EndpointAddress, 'ip' | 'prefix'> {
  return { ip, prefix: ip.includes(':') ? 64 : 16 };
}

/** Error: EngineError `invalid` for a setting that the kernel does not have, or a value that it does not take. */
async function setSysctls(
  { netnsPath = '' }: AttachedContainer,
  { interfaceName }: NetworkEndpoint,
  sysctls: readonly InterfaceSysctl[],
  { thread }: Ground,
): Promise<void> {
  for (const { family, group, name, value } of sysctls) {
    try {
      await thread.call('setSysctl', netnsPath, `${family}/${group}/${interfaceName}/${name}`, value);
    } catch (error) {
      throw sysctlRefused(`net.${family}.${group}.${interfaceName}.${name}`, value, error);
    }
  }
}

/** Takes an interface away from a container; where that was its way out, the next one becomes it. */
export async function leaveNetwork(
  container: AttachedContainer,
  attached: AttachedEndpoint,
  ground: Ground,
): Promise<void> {
  const ways = VERSIONS.map((of) => ({ of, way: wayOut(container.endpoints, of) }));
  container.endpoints.splice(container.endpoints.indexOf(attached), 1);
  // Its routes go with the interface.
  await ground.thread.call('removeLink', attached.hostName);
  giveAddresses(attached);
  for (const { of, way } of ways) {
    const next = wayOut(container.endpoints, of);
    if (way !== attached || next === undefined) continue;
    const { interfaceName } = next.endpoint;
    await ground.thread.call('addGateway', container.netnsPath ?? '', interfaceName, gatewayOf(next, of));
  }
}

/** Gives a container's addresses back to the network. */
export function giveAddresses({ bridge, endpoint }: Pick<AttachedEndpoint, 'bridge' | 'endpoint'>): void {
  bridge.ipv4.pool.give(endpoint.ip);
  if (endpoint.ipv6 !== undefined) bridge.ipv6?.pool.give(endpoint.ipv6.ip);
}

type Addresses = EndpointAddress & Pick<NetworkEndpoint, 'ipv6'>;

function takeAddresses(bridge: Bridge, { internal }: StoredNetwork, options: EndpointOptions): Addresses {
  const take = ({ pool, gateway }: BridgeAddresses, wanted: string | undefined): EndpointAddress => {
    return { ip: pool.take(wanted), prefix: pool.subnet.prefix, gateway: internal ? '' : gateway };
  };
  const ipv4 = take(bridge.ipv4, options.ipv4Address);
  try {
    return { ...ipv4, ipv6: bridge.ipv6 && take(bridge.ipv6, options.ipv6Address) };
  } catch (error) {
    bridge.ipv4.pool.give(ipv4.ip);
    throw error;
  }
}

/** A container has a way out for each version of IP, maybe by different networks. */
const VERSIONS = ['ipv4', 'ipv6'] as const;

/** The interface with the default route (Docker Engine API 1.48, `GwPriority`). */
export function wayOut<T extends Pick<AttachedEndpoint, 'endpoint'>>(
  endpoints: readonly T[],
  of: (typeof VERSIONS)[number],
): T | undefined {
  const priority = ({ endpoint }: T): number => endpoint.gatewayPriority ?? 0;
  const name = ({ endpoint }: T): string => endpoint.networkName;
  return endpoints
    .filter((each) => gatewayOf(each, of) !== '')
    .sort((a, b) => priority(b) - priority(a) || (name(a) < name(b) ? -1 : 1))[0];
}

/** Empty where it is no way out. */
function gatewayOf({ endpoint }: Pick<AttachedEndpoint, 'endpoint'>, of: (typeof VERSIONS)[number]): string {
  return of === 'ipv4' ? endpoint.gateway : (endpoint.ipv6?.gateway ?? '');
}

function freeName(container: AttachedContainer): string {
  const taken = new Set(container.endpoints.map((each) => each.endpoint.interfaceName));
  for (let number = 0; ; number++) if (!taken.has(`eth${number}`)) return `eth${number}`;
}
