import type { AttachedContainer } from '../attached.ts';
import { ipsOf } from '../networks.ts';

/** IPv4 and IPv6 addresses of a name among the containers on one's own networks; undefined for a name that nobody there has. */
export function addressesOf(
  own: AttachedContainer,
  all: Iterable<AttachedContainer>,
  name: string,
): readonly string[] | undefined {
  const found = new Set<string>();
  for (const other of all) {
    for (const { endpoint, network } of other.endpoints) {
      const mine = own.endpoints.find((each) => each.network.id === network.id);
      if (mine === undefined || network.name === 'bridge') continue;
      const linked = mine.endpoint.links.some(
        ({ container, alias }) =>
          alias.toLowerCase() === name &&
          (container === other.containerName || other.containerId.startsWith(container)),
      );
      if (linked || isNamed(other, endpoint.aliases, network.name, name)) {
        for (const ip of ipsOf(endpoint)) found.add(ip);
      }
    }
  }
  return found.size === 0 ? undefined : [...found];
}

/** `name.network` of a neighbour's address. */
export function nameOf(own: AttachedContainer, all: Iterable<AttachedContainer>, address: string): string | undefined {
  for (const other of all) {
    for (const { endpoint, network } of other.endpoints) {
      const shared = own.endpoints.some((each) => each.network.id === network.id);
      if (shared && network.name !== 'bridge' && ipsOf(endpoint).includes(address)) {
        return `${other.containerName}.${network.name}`;
      }
    }
  }
  return undefined;
}

/** By its name, the beginning of its ID or an alias, each with the network's name behind it or without. */
function isNamed(other: AttachedContainer, aliases: readonly string[], network: string, name: string): boolean {
  const names = [other.containerName, other.containerId.slice(0, 12), ...aliases].map((each) => each.toLowerCase());
  return names.some((each) => each === name || `${each}.${network.toLowerCase()}` === name);
}
