import { conflict, type EngineError, forbidden, invalid, notFound, unsupported } from '../errors.ts';

// Docker's texts, which its clients show and some compare.

export const networkNotFound = (name: string): EngineError =>
  notFound({ code: 'network-not-found', message: `network ${name} not found`, subject: name });

export const nameTaken = (name: string): EngineError =>
  conflict({ code: 'network-name-taken', message: `network with name ${name} already exists`, subject: name });

export const predefinedCreate = (name: string): EngineError =>
  forbidden({
    code: 'network-predefined',
    message: `operation is not permitted on predefined ${name} network`,
    subject: name,
  });

export const predefinedRemove = (name: string): EngineError =>
  forbidden({
    code: 'network-predefined',
    message: `${name} is a pre-defined network and cannot be removed`,
    subject: name,
  });

export const inUse = (name: string, id: string): EngineError =>
  forbidden({
    code: 'network-in-use',
    message: `error while removing network: network ${name} id ${id} has active endpoints`,
    subject: name,
    remedies: ['Remove or disconnect its containers first'],
  });

export const containerNotAttached = (containerId: string): EngineError =>
  notFound({
    code: 'container-not-attached',
    message: `container ${containerId} is not running, so it has no network to use`,
    subject: containerId,
  });

/** The container whose network another one asks for (`container:NAME`) does not run, or is that one itself. */
export const cannotJoin = (otherId: string, ownId: string): EngineError =>
  conflict({
    code: 'network-not-joinable',
    message:
      otherId === ownId ? 'cannot join own network' : `cannot join network of a non running container: ${otherId}`,
    subject: otherId,
    ...(otherId !== ownId && { remedies: ['Start that container first'] }),
  });

export const sharesNetwork = (name: string): EngineError =>
  forbidden({
    code: 'network-shared',
    message: `container sharing network namespace with another container or host cannot be connected to any other network: ${name}`,
    subject: name,
  });

export const noNamespaces = (name: string): EngineError =>
  unsupported({
    code: 'network-no-namespaces',
    message: `container ${name} shares the host’s network, and can be connected to no other: this machine, or the engine’s sandbox, allows no network namespaces`,
    subject: name,
    remedies: ['Run the engine where network namespaces are allowed (lapstrake doctor)'],
  });

/** For a container of its own network that is to join the host's. */
export const joinsHost = (container: string): EngineError =>
  invalid({
    code: 'network-host-conflict',
    message: 'container cannot be disconnected from host network or connected to host network',
    subject: container,
  });

/** For a container that has or is to have `none`, and another network. */
export const joinsNone = (container: string): EngineError =>
  invalid({
    code: 'network-none-conflict',
    message: 'container cannot be connected to multiple networks with one of the networks in private (none) mode',
    subject: container,
  });

export const outsideSubnets = (address: string): EngineError =>
  invalid({
    code: 'address-outside-subnets',
    message: `no configured subnet contains IP address ${address}`,
    subject: address,
    remedies: ['Name an address of the network’s subnet (docker network inspect), or none'],
  });

export const alreadyConnected = (container: string, network: string): EngineError =>
  forbidden({
    code: 'network-already-connected',
    message: `endpoint with name ${container} already exists in network ${network}`,
    subject: container,
  });

export const notConnected = (containerId: string, network: string): EngineError =>
  notFound({
    code: 'network-not-connected',
    message: `container ${containerId} is not connected to network ${network}`,
    subject: containerId,
  });

export const subnetOverlaps = (subnet: string): EngineError =>
  forbidden({
    code: 'subnet-overlaps',
    message: `Pool overlaps with other one on this address space: ${subnet}`,
    subject: subnet,
    remedies: ['Name another subnet, or none'],
  });

/** `--ip6` on a network without IPv6. */
export const noIpv6Here = (network: string): EngineError =>
  invalid({
    code: 'network-without-ipv6',
    message:
      network === 'bridge'
        ? 'user specified IP address is supported on user defined networks only'
        : `user specified IP address is supported only when connecting to networks with user configured subnets: network ${network} has no IPv6`,
    subject: network,
    remedies: ['Create the network with --ipv6'],
  });

export const kernelWithoutIpv6 = (network: string): EngineError =>
  unsupported({
    code: 'ipv6-missing',
    message: `network ${network} cannot have IPv6: the kernel of this machine has none (it is off at boot, or its module is missing)`,
    subject: network,
    remedies: ['Create the network without --ipv6'],
  });

export function sysctlRefused(name: string, value: string, cause: unknown) {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `interface sysctl "${name}=${value}" cannot be set: ${why}`;
  return invalid({ code: 'sysctl-refused', message, subject: name, cause });
}

export function interfaceTaken(name: string) {
  return invalid({
    code: 'interface-taken',
    message: `the container has an interface ${name} already`,
    subject: name,
    remedies: ['Choose another com.docker.network.endpoint.ifname'],
  });
}
