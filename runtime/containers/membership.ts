import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EndpointRequest } from '../../protocol/engine/container-create.ts';
import { notFound } from '../errors.ts';
import * as problems from '../networks/network-errors.ts';
import { ipsOf, type NetworkRecord } from '../networks/networks.ts';
import { contains, familyOf, parseSubnet } from '../networks/subnet.ts';
import type { Container } from './container.ts';
import type { Containers } from './containers.ts';
import { writeResolvConf } from './etc-folder.ts';
import { portRequests } from './ports.ts';
import { checkEndpoint, endpointOptions, isOffAll, primaryNetwork } from './wanted-networks.ts';

/** Adds a container to a network: at once where it runs, and for all later starts. */
export async function connectContainer(
  containers: Containers,
  container: Container,
  network: NetworkRecord,
  request: EndpointRequest,
): Promise<void> {
  checkEndpoint(request);
  refuseConflicts(container, network);
  const rejoins = isOffAll(container.record);
  // That it has the host's it was told when it was made.
  if (!containers.floor.features.networkNamespace && !(rejoins && container.run === undefined)) {
    throw problems.noNamespaces(container.name);
  }
  refuseOutsideAddresses(network, request);
  const { networks } = containers.floor;
  const options = endpointOptions(request);
  if (container.run !== undefined) {
    const { hostConfig, config } = container.record;
    const endpoint = await networks.connect(network.Id, container.id, options, portRequests(hostConfig, config));
    const lines = ipsOf(endpoint).map((ip) => `${ip}\t${container.record.config.Hostname}\n`);
    await appendFile(join(container.folder, 'hosts'), lines.join(''));
    await renew(containers, container);
  }
  const { networks: before, networkIds, hostConfig } = container.record;
  await container.update({
    networks: { ...before, [network.Name]: request },
    ...(container.run !== undefined && { networkIds: { ...networkIds, [network.Name]: network.Id } }),
    ...(rejoins && { hostConfig: { ...hostConfig, NetworkMode: network.Name } }),
  });
}

/** Takes a container off a network, now and for all later starts. Error: EngineError `not-found` where it is not on it. */
export async function disconnectContainer(
  containers: Containers,
  container: Container,
  network: NetworkRecord,
): Promise<void> {
  const { networks } = containers.floor;
  const { record } = container;
  const isPrimary = primaryNetwork(record) === network.Name || primaryNetwork(record) === network.Id;
  const isNamed = (name: string): boolean =>
    name === network.Name || name === network.Id || (name === 'default' && network.Name === 'bridge');
  const key = Object.keys(record.networks).find(isNamed);
  if (container.run !== undefined) {
    await networks.disconnect(network.Id, container.id);
    await renew(containers, container);
  } else if (key === undefined && !isPrimary) {
    throw notFound({
      code: 'network-not-connected',
      message: `container ${container.id} is not connected to network ${network.Name}`,
      subject: container.id,
    });
  }
  const { [key ?? '']: _gone, ...rest } = record.networks;
  const { [network.Name]: _id, ...networkIds } = record.networkIds ?? {};
  const next = Object.keys(rest)[0];
  await container.update({
    networks: rest,
    networkIds,
    ...(isPrimary && { hostConfig: { ...record.hostConfig, NetworkMode: next ?? 'none' } }),
  });
}

/** Errors: EngineError `invalid`, `forbidden`, for a network that a container cannot have beside its own. */
function refuseConflicts(container: Container, network: NetworkRecord): void {
  const mode = primaryNetwork(container.record);
  if (mode === 'host' || mode.startsWith('container:')) throw problems.sharesNetwork(container.name);
  if (network.Driver === 'host') throw problems.joinsHost(container.name);
  if (network.Driver === 'null' || (mode === 'none' && !isOffAll(container.record)))
    throw problems.joinsNone(container.name);
}

/** Error: EngineError `invalid`, now rather than at each later start. */
function refuseOutsideAddresses({ IPAM }: NetworkRecord, { IPAMConfig }: EndpointRequest): void {
  const subnets = IPAM.Config.map(({ Subnet }) => parseSubnet(Subnet));
  for (const address of [IPAMConfig?.IPv4Address, IPAMConfig?.IPv6Address]) {
    const family = familyOf(address ?? '');
    const fitting = subnets.filter((subnet) => subnet.family === family);
    if (address && fitting.length > 0 && !fitting.some((subnet) => contains(subnet, address)))
      throw problems.outsideSubnets(address);
  }
}

/** What a running container's record of its network says, after a change. */
async function renew(containers: Containers, container: Container): Promise<void> {
  const attachment = containers.floor.networks.attachment(container.id);
  if (container.run === undefined || attachment === undefined) return;
  container.run = { ...container.run, attachment };
  await writeResolvConf(container.folder, container.record, attachment);
}
