import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';
import {
  AddressPool,
  chooseSubnet,
  formatIp,
  formatSubnet,
  macOf,
  overlaps,
  parseIp,
  parseRoutes,
  parseSubnet,
  type Subnet,
} from './addresses.ts';
import type { NetworkStore, StoredNetwork } from './network-store.ts';
import type { NetworkThread } from './network-thread.ts';
import { type BridgeRules, makeRules, removeRules } from './outbound.ts';

/** A network's bridge, as long as the daemon runs. */
export interface Bridge {
  readonly name: string;
  readonly gateway: string;
  readonly prefix: number;
  readonly pool: AddressPool;
  /** Undefined where there is no tool for the rules: containers do not get out, and networks are not kept apart. */
  readonly rules: BridgeRules | undefined;
}

export interface BridgesOptions {
  readonly store: NetworkStore;
  readonly thread: NetworkThread;
  /** Interface name of the default bridge; at most 15 characters. */
  readonly defaultName: string;
  /** The namespace that holds the bridges; the daemon's own where undefined. */
  readonly netns: string | undefined;
}

/** Makes each network's bridge when the first container wants it. */
export class Bridges {
  readonly #made = new Map<string, Promise<Bridge>>();

  constructor(readonly options: BridgesOptions) {}

  /** Interface name of a network's bridge. */
  nameOf(network: StoredNetwork): string {
    if (network.name === 'bridge') return this.options.defaultName;
    return network.options['com.docker.network.bridge.name'] ?? `br-${network.id.slice(0, 12)}`;
  }

  get(network: StoredNetwork): Promise<Bridge> {
    const made = this.#made.get(network.id) ?? this.#make(network);
    this.#made.set(network.id, made);
    made.catch(() => this.#made.delete(network.id));
    return made;
  }

  async #make(network: StoredNetwork): Promise<Bridge> {
    const { subnet, gateway } = await this.settle(network);
    const name = this.nameOf(network);
    const found = await this.options.thread.call('ensureBridge', name, bridgeMac(network.id), gateway, subnet.prefix);
    // An earlier daemon's rules may be there, or not.
    if (found === 'found') await removeRules(name, this.options.netns);
    const others = this.options.store
      .all()
      .filter((other) => other.subnet !== undefined && other.id !== network.id)
      .map((other) => this.nameOf(other));
    const rules = await makeRules(
      { bridge: name, subnet: formatSubnet(subnet), outside: network.internal ? 'unreached' : 'reached', others },
      this.options.netns,
    );
    return { name, gateway, prefix: subnet.prefix, pool: poolOf(network, subnet, gateway), rules };
  }

  /** Decides on a network's addresses, for good, except that the default bridge moves away from a new route of the host. */
  async settle(network: StoredNetwork): Promise<{ readonly subnet: Subnet; readonly gateway: string }> {
    const others = this.options.store
      .all()
      .filter((other) => other.id !== network.id)
      .flatMap((other) => (other.subnet === undefined ? [] : [parseSubnet(other.subnet)]));
    // A bridge that an earlier daemon has left is no other network.
    const routes = await hostRoutes(this.nameOf(network));
    const wanted = network.subnet === undefined ? undefined : parseSubnet(network.subnet);
    const movable = network.name === 'bridge';
    const stays = wanted !== undefined && !(movable && routes.some((route) => overlaps(route, wanted)));
    const subnet = stays ? wanted : chooseSubnet([...routes, ...others]);
    const gateway = stays && network.gateway !== undefined ? network.gateway : formatIp(subnet.base + 1);
    if (network.subnet !== formatSubnet(subnet) || network.gateway !== gateway) {
      await this.options.store.put({ ...network, subnet: formatSubnet(subnet), gateway });
    }
    return { subnet, gateway };
  }

  /** Removes a network's bridge and rules, where they were made. */
  async remove(network: StoredNetwork): Promise<void> {
    const made = this.#made.get(network.id);
    this.#made.delete(network.id);
    if (made === undefined) return;
    const bridge = await made.catch(() => undefined);
    await bridge?.rules?.[Symbol.asyncDispose]();
    if (bridge !== undefined) await this.options.thread.call('removeLink', bridge.name);
  }

  /** Removes what a killed daemon has left of these networks. */
  async recover(): Promise<string[]> {
    const removed: string[] = [];
    for (const network of this.options.store.all()) {
      const name = this.nameOf(network);
      if (network.subnet === undefined || this.#made.has(network.id)) continue;
      if ((await this.options.thread.call('removeLink', name)) === 'missing') continue;
      await removeRules(name, this.options.netns);
      removed.push(`removed the bridge ${name} of network ${network.name}`);
    }
    return removed;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.options.store.all().map((network) => this.remove(network)));
  }
}

/** The default bridge's name for a data root: two daemons of one machine must not share one. */
export function bridgeNameOf(root: string, isDefaultRoot: 'default' | 'other'): string {
  return isDefaultRoot === 'default'
    ? 'lapstrake0'
    : `lap-${createHash('sha256').update(root).digest('hex').slice(0, 8)}`;
}

function poolOf({ ipRange, auxiliaryAddresses = {} }: StoredNetwork, subnet: Subnet, gateway: string): AddressPool {
  const reserved = [gateway, ...Object.values(auxiliaryAddresses)].map(parseIp);
  return new AddressPool(subnet, reserved, ipRange === undefined ? subnet : parseSubnet(ipRange));
}

/** Locally administered, the same at each start. */
function bridgeMac(id: string): string {
  return macOf(`${Number.parseInt(id.slice(0, 2), 16)}.${Number.parseInt(id.slice(2, 4), 16)}.0.1`);
}

async function hostRoutes(except: string): Promise<Subnet[]> {
  try {
    const text = await readFile('/proc/net/route', 'utf8');
    return parseRoutes(
      text
        .split('\n')
        .filter((line) => !line.startsWith(`${except}\t`))
        .join('\n'),
    );
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
