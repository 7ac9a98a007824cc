import pLimit from 'p-limit';
import { hasIpv6 } from '../os/ipv6-settings.ts';
import { AddressPool } from './address-pool.ts';
import { bridgeMac, bridgeOf } from './bridge-name.ts';
import { hostRoutes } from './host-routes.ts';
import { kernelWithoutIpv6 } from './network-errors.ts';
import type { NetworkStore, StoredAddresses, StoredNetwork } from './network-store.ts';
import type { NetworkThread } from './network-thread.ts';
import { type BridgeRules, makeRules, removeRules } from './outbound.ts';
import { checkOverlaps, type Surroundings, settleAddresses } from './settle-addresses.ts';
import { parseSubnet, type Subnet } from './subnet.ts';

/** What a bridge has of one IP version. */
export interface BridgeAddresses {
  readonly gateway: string;
  readonly pool: AddressPool;
  /** Undefined where there is no tool for the rules: containers do not get out, and networks are not kept apart. */
  readonly rules: BridgeRules | undefined;
}

/** A network's bridge, as long as the daemon runs. */
export interface Bridge {
  readonly name: string;
  readonly ipv4: BridgeAddresses;
  readonly ipv6: BridgeAddresses | undefined;
}

export interface BridgesOptions {
  readonly store: NetworkStore;
  readonly thread: NetworkThread;
  /** Interface name of the default bridge; at most 15 characters. */
  readonly defaultName: string;
  /** The namespace that holds the bridges; the daemon's own where undefined. */
  readonly netns: string | undefined;
  /** Subnets that no network can have. */
  readonly taken: readonly Subnet[];
}

/** Makes each network's bridge when the first container wants it. */
export class Bridges {
  readonly #made = new Map<string, Promise<Bridge>>();
  /** Who chooses addresses sees what the one before has chosen. */
  readonly #choosing = pLimit(1);
  /** A rule that keeps two bridges apart is one of both, and is taken away once. */
  readonly #clearing = pLimit(1);

  constructor(readonly options: BridgesOptions) {}

  get(network: StoredNetwork): Promise<Bridge> {
    const made = this.#made.get(network.id) ?? this.#make(network);
    this.#made.set(network.id, made);
    made.catch(() => this.#made.delete(network.id));
    return made;
  }

  async #make(network: StoredNetwork): Promise<Bridge> {
    const { thread, netns } = this.options;
    if (network.ipv6 !== undefined && !hasIpv6()) throw kernelWithoutIpv6(network.name);
    const settled = await this.#choosing(() => this.#settle(network));
    const name = this.#nameOf(network);
    const [own4, own6] = [ownAddresses(settled), settled.ipv6 && ownAddresses(settled.ipv6)];
    const found = await thread.call('ensureBridge', {
      name,
      mac: bridgeMac(network.id),
      addresses: [own4, ...(own6 === undefined ? [] : [own6])].map(({ gateway: ip, pool }) => ({
        ip,
        prefix: pool.subnet.prefix,
      })),
    });
    // An earlier daemon's rules may be there, or not.
    if (found === 'found') await this.#clearing(() => removeRules(name, netns));
    try {
      const [ipv4, ipv6] = await Promise.all([this.#shield(network, own4), own6 && this.#shield(network, own6)]);
      // What is not kept apart must not be forwarded.
      if (ipv6?.rules !== undefined) await thread.call('forwardIpv6');
      return { name, ipv4, ipv6 };
    } catch (error) {
      // Containers of an earlier daemon may be on one that was found.
      if (found === 'made') {
        await this.#clearing(() => removeRules(name, netns));
        await thread.call('removeLink', name);
      }
      throw error;
    }
  }

  async #shield(network: StoredNetwork, own: Omit<BridgeAddresses, 'rules'>): Promise<BridgeAddresses> {
    const others = this.options.store
      .all()
      .filter((other) => other.subnet !== undefined && other.id !== network.id)
      .map((other) => this.#nameOf(other));
    const outside = network.internal ? 'unreached' : 'reached';
    const reach = { bridge: this.#nameOf(network), subnet: own.pool.subnet, outside, others } as const;
    return { ...own, rules: await makeRules(reach, this.options.netns) };
  }

  /**
   * Keeps a new network, with addresses of its own. Errors: EngineError `forbidden` for a subnet that overlaps another's,
   * `invalid` where none is free, `unsupported` for IPv6 where the kernel has none; nothing is kept then.
   */
  add(network: StoredNetwork): Promise<void> {
    return this.#choosing(async () => {
      if (network.ipv6 !== undefined && !hasIpv6()) throw kernelWithoutIpv6(network.name);
      await this.#settleDefault(network);
      const around = await this.#around(network);
      checkOverlaps(network, around);
      await this.options.store.put(settleAddresses(network, around));
    });
  }

  /** The default bridge chooses before all others, so that it has Docker's usual addresses whatever is made first. */
  async #settleDefault(before: StoredNetwork): Promise<void> {
    const bridge = this.options.store.all().find(({ name }) => name === 'bridge');
    if (bridge !== undefined && bridge.subnet === undefined && bridge.id !== before.id) await this.#settle(bridge);
  }

  /** Decides on a network's addresses, and keeps what has changed. */
  async #settle(network: StoredNetwork): Promise<StoredNetwork> {
    const settled = settleAddresses(network, await this.#around(network));
    if (JSON.stringify(settled) !== JSON.stringify(network)) await this.options.store.put(settled);
    return settled;
  }

  async #around(network: StoredNetwork): Promise<Surroundings> {
    const { store, taken } = this.options;
    // A bridge that an earlier daemon has left is no other network.
    return { networks: store.all(), routes: await hostRoutes(this.#nameOf(network)), taken };
  }

  /** Removes a network's bridge and rules, where they were made. */
  async remove(network: StoredNetwork): Promise<void> {
    const made = this.#made.get(network.id);
    this.#made.delete(network.id);
    const bridge = await made?.catch(() => undefined);
    if (bridge === undefined) return;
    for (const rules of [bridge.ipv4.rules, bridge.ipv6?.rules])
      await this.#clearing(async () => rules?.[Symbol.asyncDispose]());
    await this.options.thread.call('removeLink', bridge.name);
  }

  /** Removes what a killed daemon has left of these networks, those aside of which the ids are kept. */
  async recover(kept: ReadonlySet<string> = new Set()): Promise<string[]> {
    const removed: string[] = [];
    for (const network of this.options.store.all()) {
      const name = this.#nameOf(network);
      if (network.subnet === undefined || this.#made.has(network.id) || kept.has(network.id)) continue;
      if ((await this.options.thread.call('removeLink', name)) === 'missing') continue;
      await this.#clearing(() => removeRules(name, this.options.netns));
      removed.push(`removed the bridge ${name} of network ${network.name}`);
    }
    return removed;
  }

  async dispose(): Promise<void> {
    await Promise.all(this.options.store.all().map((network) => this.remove(network)));
  }

  #nameOf(network: StoredNetwork): string {
    return bridgeOf(network, this.options.defaultName);
  }
}

/** Of a network that is settled. */
function ownAddresses(of: StoredAddresses): Omit<BridgeAddresses, 'rules'> {
  const { subnet: text = '', gateway = '', ipRange, auxiliaryAddresses = {} } = of;
  const subnet = parseSubnet(text);
  const range = ipRange === undefined ? subnet : parseSubnet(ipRange);
  return { gateway, pool: new AddressPool(subnet, [gateway, ...Object.values(auxiliaryAddresses)], range) };
}
