import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../os/errno.ts';
import { type NetworkAccess, networkAbilities, shortcomings } from './abilities.ts';
import { type AttachedContainer, attachmentOf } from './attached.ts';
import { type AttachedStore, openAttachedStore, type StoredAttachment } from './attached-store.ts';
import { startNameServer } from './container-names.ts';
import { type DefaultBridge, defaultBridge, isChanged } from './default-bridge.ts';
import { type Ground, type GroundOptions, openGround } from './ground.ts';
import { interfaceStats } from './interface-stats.ts';
import { giveAddresses, joinNetwork, leaveNetwork } from './joining.ts';
import { KnownNetworks } from './known-networks.ts';
import * as problems from './network-errors.ts';
import { type NetworkStore, newId, openNetworkStore } from './network-store.ts';
import type {
  Attachment,
  AttachOptions,
  EndpointOptions,
  InterfaceStats,
  NetworkAbilities,
  NetworkCreateOptions,
  NetworkEndpoint,
  NetworkRecord,
  Networks,
  PortRequest,
} from './networks.ts';
import { settlePorts } from './settle-ports.ts';

export interface LocalNetworksOptions extends Omit<GroundOptions, 'store' | 'access'> {
  /** Where the networks' records are kept. */
  readonly folder: string;
  readonly access: NetworkAccess;
  readonly defaultBridge: DefaultBridge;
}

/** Opens the networks of a data root. Nothing is made before the first container needs it. */
export async function openNetworks(options: LocalNetworksOptions): Promise<Networks> {
  const stored = openAttachedStore(join(options.folder, 'attached'));
  return new LocalNetworks(options, await openNetworkStore(options.folder), stored);
}

class LocalNetworks implements Networks {
  readonly #attached = new Map<string, AttachedContainer>();
  readonly #known: KnownNetworks;
  #ground: Promise<Ground> | undefined;

  constructor(
    readonly options: LocalNetworksOptions,
    readonly store: NetworkStore,
    readonly stored: AttachedStore,
  ) {
    this.#known = new KnownNetworks({
      store,
      attached: this.#attached,
      bridgeName: options.bridgeName,
      ground: () => (options.access === 'none' ? undefined : this.#stand()),
      groundMade: () => this.#ground,
    });
  }

  async attach(containerId: string, options: AttachOptions, signal?: AbortSignal): Promise<Attachment> {
    signal?.throwIfAborted();
    const container = await this.#start(containerId, options);
    this.#attached.set(containerId, container);
    try {
      if (container.ownsNetns && container.predefined === undefined) {
        const ground = await this.#stand();
        const network = this.#known.find(nameOf(options.mode));
        await joinNetwork(container, network, options, ground);
        for (const each of options.further ?? [])
          await joinNetwork(container, this.#known.find(each.network), each, ground);
        await startNameServer(container, this.#attached, ground);
        await settlePorts(container, options.ports, ground);
      }
      signal?.throwIfAborted();
      await this.stored.put(container);
    } catch (error) {
      await this.release(containerId);
      throw error;
    }
    return attachmentOf(container);
  }

  /** Everything but interfaces and ports. */
  async #start(containerId: string, options: AttachOptions): Promise<AttachedContainer> {
    const { mode, containerName, nameServers = [] } = options;
    const nothing = { endpoints: [], warnings: [], published: undefined, names: undefined };
    const plain = { containerId, containerName, sandboxId: newId(), nameServers, ...nothing };
    if (mode.startsWith('container:')) {
      const other = this.#attached.get(mode.slice('container:'.length));
      if (other === undefined) throw problems.cannotJoin(mode.slice('container:'.length), containerId);
      const { namespace, netnsPath } = other;
      return { ...plain, namespace, netnsPath, ownsNetns: false, predefined: undefined };
    }
    const network = this.#known.find(nameOf(mode));
    const host = network.name === 'host';
    if (host || this.options.access === 'none') {
      const warnings = host
        ? []
        : ['This machine allows no network namespaces: the container shares the host’s network.'];
      const predefined = this.#known.find('host');
      return { ...plain, namespace: 'host', netnsPath: undefined, ownsNetns: false, predefined, warnings };
    }
    const path = join(this.options.runtimeFolder, plain.sandboxId.slice(0, 12));
    const { thread } = await this.#stand();
    await thread.call('createNamespace', path);
    const own = { ...plain, namespace: { path }, netnsPath: path, ownsNetns: true };
    if (network.name === 'none') return { ...own, predefined: network };
    try {
      const names = [network.id, ...(options.further ?? []).map((each) => each.network)];
      const warnings = await Promise.all(names.map((name) => this.shortcomings(name)));
      return { ...own, predefined: undefined, warnings: [...new Set(warnings.flat())] };
    } catch (error) {
      await thread.call('destroyNamespace', path);
      throw error;
    }
  }

  async release(containerId: string): Promise<void> {
    const container = this.#attached.get(containerId);
    if (container === undefined) return;
    this.#attached.delete(containerId);
    await container.names?.[Symbol.asyncDispose]();
    await this.stored.delete(containerId);
    await container.published?.[Symbol.asyncDispose]();
    // The kernel removes the interfaces with their namespace, in the background.
    if (container.ownsNetns && container.netnsPath !== undefined) {
      await (await this.#stand()).thread.call('destroyNamespace', container.netnsPath);
    }
    for (const each of container.endpoints) giveAddresses(each);
  }

  attachment(containerId: string): Attachment | undefined {
    const container = this.#attached.get(containerId);
    return container === undefined ? undefined : attachmentOf(container);
  }

  async connect(
    network: string,
    containerId: string,
    options: EndpointOptions = {},
    ports: readonly PortRequest[] = [],
  ): Promise<NetworkEndpoint> {
    const stored = this.#known.find(network);
    const container = this.#attached.get(containerId);
    if (container === undefined) throw problems.containerNotAttached(containerId);
    if (container.predefined?.name === 'none') throw problems.joinsNone(container.containerName);
    if (!container.ownsNetns || container.predefined !== undefined) {
      throw problems.sharesNetwork(container.containerName);
    }
    if (container.endpoints.some((each) => each.network.id === stored.id)) {
      throw problems.alreadyConnected(container.containerName, stored.name);
    }
    const ground = await this.#stand();
    const joined = await joinNetwork(container, stored, options, ground);
    try {
      await settlePorts(container, ports, ground);
    } catch (error) {
      await leaveNetwork(container, joined, ground);
      throw error;
    }
    await startNameServer(container, this.#attached, ground);
    await this.stored.put(container);
    return joined.endpoint;
  }

  async disconnect(network: string, containerId: string): Promise<void> {
    const stored = this.#known.find(network);
    const container = this.#attached.get(containerId);
    const attached = container?.endpoints.find((each) => each.network.id === stored.id);
    if (container !== undefined && stored.name === 'none' && container.predefined?.id === stored.id) {
      // It can join others from now on.
      container.predefined = undefined;
      return this.stored.put(container);
    }
    if (container === undefined || attached === undefined) throw problems.notConnected(containerId, stored.name);
    const ground = await this.#stand();
    await leaveNetwork(container, attached, ground);
    await settlePorts(container, [], ground);
    await this.stored.put(container);
  }

  async rename(containerId: string, name: string): Promise<void> {
    const container = this.#attached.get(containerId);
    if (container === undefined) return;
    container.containerName = name;
    await this.stored.put(container);
  }

  async list(): Promise<NetworkRecord[]> {
    return this.#known.list();
  }

  async inspect(nameOrId: string): Promise<NetworkRecord> {
    return this.#known.record(this.#known.find(nameOrId));
  }

  create(options: NetworkCreateOptions): Promise<NetworkRecord> {
    return this.#known.create(options);
  }

  async shortcomings(nameOrId: string): Promise<readonly string[]> {
    const { access } = this.options;
    const network = this.#known.find(nameOrId);
    return access === 'none' ? [] : shortcomings(network, access, await this.#stand());
  }

  remove(nameOrId: string): Promise<NetworkRecord> {
    return this.#known.remove(nameOrId);
  }

  prune(filter: (network: NetworkRecord) => boolean = () => true): Promise<string[]> {
    return this.#known.prune(filter);
  }

  async stats(containerId: string): Promise<Readonly<Record<string, InterfaceStats>>> {
    const out: Record<string, InterfaceStats> = {};
    for (const { endpoint, hostName } of this.#attached.get(containerId)?.endpoints ?? []) {
      const seen = await (await this.#stand()).thread.call('counters', hostName);
      if (seen !== undefined) out[endpoint.interfaceName] = interfaceStats(seen);
    }
    return out;
  }

  abilities(): Promise<NetworkAbilities> {
    return networkAbilities(this.options.access);
  }

  async nameservers(): Promise<readonly string[]> {
    return this.#ground === undefined ? [] : ((await (await this.#ground).uplink())?.nameservers ?? []);
  }

  async recover(kept: ReadonlySet<string> = new Set()): Promise<string[]> {
    const removed = await this.store.recover();
    const { attachments, problems } = await this.stored.recover(kept);
    removed.push(...problems, ...(await this.#configureBridge(attachments)));
    if (this.options.access !== 'none') {
      // First, as their rules are those of the bridges beside them, too.
      const wanted = attachments.flatMap(({ endpoints }) => endpoints.map(({ endpoint }) => endpoint.networkId));
      removed.push(...(await (await this.#stand()).bridges.recover(new Set(wanted))));
    }
    for (const stored of attachments)
      removed.push(...(await this.#adopt(stored).catch((error: unknown) => [String(error)])));
    if (this.options.access === 'none') return removed;
    const { thread, bridges } = await this.#stand();
    for (const name of await filesIn(this.options.runtimeFolder)) {
      if (name === 'home' || this.#isHeld(name)) continue;
      await thread.call('destroyNamespace', join(this.options.runtimeFolder, name));
      removed.push(`removed the network namespace ${name}`);
    }
    return [...removed, ...(await bridges.recover())];
  }

  /** Makes the default bridge what the options say, unless containers are on it that outlived an earlier daemon. */
  async #configureBridge(kept: readonly StoredAttachment[]): Promise<string[]> {
    const before = this.#known.find('bridge');
    const after = defaultBridge(before, this.options.defaultBridge);
    if (!isChanged(before, after) || this.options.access === 'none') return [];
    if (kept.some(({ endpoints }) => endpoints.some(({ endpoint }) => endpoint.networkId === before.id))) {
      return ['the network bridge keeps its IPv6 addresses, or none, while containers of an earlier daemon are on it'];
    }
    await (await this.#stand()).bridges.add(after);
    return [];
  }

  /** Takes over the network of a container that outlived an earlier daemon; gives what could not be had again. */
  async #adopt(stored: StoredAttachment): Promise<string[]> {
    const { endpoints, ports, predefined, netnsPath, namespace, ...plain } = stored;
    const container: AttachedContainer = {
      ...plain,
      ...{ namespace, netnsPath, endpoints: [], published: undefined, names: undefined },
      predefined: this.store.all().find((network) => network.id === predefined),
    };
    this.#attached.set(stored.containerId, container);
    for (const { endpoint, hostName } of endpoints) {
      const network = this.#known.find(endpoint.networkId);
      const bridge = await (await this.#stand()).bridges.get(network);
      bridge.ipv4.pool.take(endpoint.ip);
      if (endpoint.ipv6 !== undefined) bridge.ipv6?.pool.take(endpoint.ipv6.ip);
      container.endpoints.push({ endpoint, network, bridge, hostName });
    }
    if (container.endpoints.length === 0) return [];
    const ground = await this.#stand();
    await ground.uplink();
    await startNameServer(container, this.#attached, ground);
    try {
      await settlePorts(container, ports, ground);
      return [];
    } catch (error) {
      return [`the ports of ${container.containerName} are not published any more: ${String(error)}`];
    }
  }

  async dispose(): Promise<void> {
    for (const containerId of [...this.#attached.keys()]) await this.release(containerId);
    if (this.#ground !== undefined) await (await this.#ground).dispose();
    this.#ground = undefined;
  }

  #isHeld(name: string): boolean {
    return [...this.#attached.values()].some((each) => each.sandboxId.startsWith(name));
  }

  #stand(): Promise<Ground> {
    const { access } = this.options;
    this.#ground ??= openGround({ ...this.options, access: access === 'none' ? 'root' : access, store: this.store });
    return this.#ground;
  }
}

/** The network that a mode names. */
function nameOf(mode: string): string {
  return mode === 'default' ? 'bridge' : mode;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
