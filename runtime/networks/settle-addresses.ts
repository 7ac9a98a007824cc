import { chooseSubnet, chooseSubnet6 } from './choose-subnet.ts';
import { subnetOverlaps } from './network-errors.ts';
import type { StoredAddresses, StoredNetwork } from './network-store.ts';
import { formatIp, formatSubnet, overlaps, parseSubnet, type Subnet } from './subnet.ts';

/** What a network's addresses have to keep clear of. */
export interface Surroundings {
  readonly networks: readonly StoredNetwork[];
  /** Subnets that this machine reaches by itself: nothing is chosen there, but somebody may ask for it. */
  readonly routes: readonly Subnet[];
  /** Subnets that no network can have. */
  readonly taken: readonly Subnet[];
}

/**
 * The network with subnets and gateways, for good, except that the default bridge moves away from a new route of the host.
 * Error: EngineError `invalid` where no subnet is free.
 */
export function settleAddresses(network: StoredNetwork, around: Surroundings): StoredNetwork {
  const inUse = [...around.routes, ...othersOf(network, around)];
  const settle = (wanted: StoredAddresses, choose: () => Subnet): StoredAddresses => {
    const asked = wanted.subnet === undefined ? undefined : parseSubnet(wanted.subnet);
    // Of IPv6 it has what the daemon's options say, or what is as good as nobody else's.
    const mayMove = network.name === 'bridge' && asked?.family === 4;
    const moves = mayMove && around.routes.some((route) => overlaps(route, asked));
    const subnet = asked === undefined || moves ? choose() : asked;
    const gateway = (subnet === asked ? wanted.gateway : undefined) ?? formatIp(subnet.base + 1n, subnet.family);
    return { ...wanted, subnet: formatSubnet(subnet), gateway };
  };
  const { ipv6 } = network;
  return {
    ...network,
    ...settle(network, () => chooseSubnet(inUse)),
    ...(ipv6 === undefined ? {} : { ipv6: settle(ipv6, () => chooseSubnet6(network.id, inUse)) }),
  };
}

/** Error: EngineError `forbidden` for a wanted subnet that overlaps another network's. */
export function checkOverlaps(network: StoredNetwork, around: Surroundings): void {
  const others = othersOf(network, around);
  for (const text of subnetsOf(network)) {
    if (others.some((other) => overlaps(other, parseSubnet(text)))) throw subnetOverlaps(text);
  }
}

function othersOf(network: StoredNetwork, around: Surroundings): Subnet[] {
  const others = around.networks.filter((other) => other.id !== network.id);
  return [...others.flatMap(subnetsOf).map((text) => parseSubnet(text)), ...around.taken];
}

function subnetsOf({ subnet, ipv6 }: StoredNetwork): string[] {
  return [subnet, ipv6?.subnet].filter((text) => text !== undefined);
}
