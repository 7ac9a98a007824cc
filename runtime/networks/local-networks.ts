import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrno } from '../os/errno.ts';
import { macOf } from './addresses.ts';
import { type AttachedContainer, type AttachedEndpoint, attachmentOf, NAME_SERVER } from './attached.ts';
import { type AttachedStore, openAttachedStore, type StoredAttachment } from './attached-store.ts';
import { checkAddresses } from './check-addresses.ts';
import { serveNames } from './dns/name-server.ts';
import { addressesOf, nameOf } from './dns/neighbours.ts';
import { type Ground, type GroundOptions, openGround } from './ground.ts';
import * as problems from './network-errors.ts';
import {
  type NetworkStore,
  networkRecord,
  newId,
  newNetwork,
  openNetworkStore,
  PREDEFINED,
  type StoredNetwork,
} from './network-store.ts';
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
} from './networks.ts';
import { isInstalled } from './outbound.ts';
import { publishPorts } from './port-forwarder.ts';
import { uplinkObstacle } from './user-uplink.ts';

const UPLINK_FAILED = 'containers have no way out of the user’s network: slirp4netns and pasta cannot be started';

export interface LocalNetworksOptions extends Omit<GroundOptions, 'store' | 'access'> {
  /** Where the networks' records are kept. */
  readonly folder: string;
  /** `none`: no namespaces can be made, so that every container shares the host's network. */
  readonly access: GroundOptions['access'] | 'none';
}

/** Opens the networks of a data root. Nothing is made before the first container needs it. */
export async function openNetworks(options: LocalNetworksOptions): Promise<Networks> {
  const stored = openAttachedStore(join(options.folder, 'attached'));
  return new LocalNetworks(options, await openNetworkStore(options.folder), stored);
}

class LocalNetworks implements Networks {
  readonly #attached = new Map<string, AttachedContainer>();
  #ground: Promise<Ground> | undefined;

  constructor(
    readonly options: LocalNetworksOptions,
    readonly store: NetworkStore,
    readonly stored: AttachedStore,
  ) {}

  async attach(containerId: string, options: AttachOptions, signal?: AbortSignal): Promise<Attachment> {
    signal?.throwIfAborted();
    const container = await this.#start(containerId, options);
    this.#attached.set(containerId, container);
    try {
      if (container.ownsNetns && container.predefined === undefined) {
        const network = this.#find(options.mode === 'default' ? 'bridge' : options.mode);
        const first = await this.#join(container, network, options);
        for (const each of options.further ?? []) await this.#join(container, this.#find(each.network), each);
        await this.#serveNames(container);
        await this.#publish(container, first.endpoint, options);
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
  async #start(
    containerId: string,
    { mode, containerName, nameServers = [] }: AttachOptions,
  ): Promise<AttachedContainer> {
    const nothing = { endpoints: [], warnings: [], published: undefined, names: undefined };
    const plain = { containerId, containerName, sandboxId: newId(), nameServers, ...nothing };
    if (mode.startsWith('container:')) {
      const other = this.#attached.get(mode.slice('container:'.length));
      if (other === undefined) throw problems.containerNotAttached(mode.slice('container:'.length));
      const { namespace, netnsPath } = other;
      return { ...plain, namespace, netnsPath, ownsNetns: false, predefined: undefined };
    }
    const network = this.#find(mode === 'default' ? 'bridge' : mode);
    const host = network.name === 'host';
    if (host || this.options.access === 'none') {
      const warnings = host
        ? []
        : ['This machine allows no network namespaces: the container shares the host’s network.'];
      const predefined = this.#find('host');
      return { ...plain, namespace: 'host', netnsPath: undefined, ownsNetns: false, predefined, warnings };
    }
    const path = join(this.options.runtimeFolder, plain.sandboxId.slice(0, 12));
    const { thread } = await this.#stand();
    await thread.call('createNamespace', path);
    const own = { ...plain, namespace: { path }, netnsPath: path, ownsNetns: true };
    if (network.name === 'none') return { ...own, predefined: network };
    try {
      return { ...own, predefined: undefined, warnings: await this.#outboundWarnings(network) };
    } catch (error) {
      await thread.call('destroyNamespace', path);
      throw error;
    }
  }

  async #join(
    container: AttachedContainer,
    network: StoredNetwork,
    options: EndpointOptions,
  ): Promise<AttachedEndpoint> {
    const ground = await this.#stand();
    const [bridge] = await Promise.all([ground.bridges.get(network), ground.uplink()]);
    const ip = bridge.pool.take(options.ipv4Address);
    try {
      const endpoint: NetworkEndpoint = {
        networkName: network.name,
        networkId: network.id,
        endpointId: newId(),
        ip,
        prefix: bridge.prefix,
        gateway: network.internal ? '' : bridge.gateway,
        mac: options.macAddress || macOf(ip),
        interfaceName: freeName(container),
        aliases: options.aliases ?? [],
        links: options.links ?? [],
      };
      const hostName = `veth${randomBytes(4).toString('hex')}`;
      const hasRoute = container.endpoints.some((each) => each.endpoint.gateway !== '');
      await ground.thread.call('connect', {
        netns: container.netnsPath ?? '',
        bridge: bridge.name,
        hostName,
        name: endpoint.interfaceName,
        mac: endpoint.mac,
        ip,
        prefix: bridge.prefix,
        gateway: hasRoute || network.internal ? undefined : bridge.gateway,
      });
      const attached = { endpoint, network, bridge, hostName };
      container.endpoints.push(attached);
      return attached;
    } catch (error) {
      bridge.pool.give(ip);
      throw error;
    }
  }

  /** Starts the name server of a container that is on a user-defined network. */
  async #serveNames(container: AttachedContainer): Promise<void> {
    const { netnsPath } = container;
    const isNamed = container.endpoints.some((each) => each.network.name !== 'bridge');
    if (!isNamed || container.names !== undefined || netnsPath === undefined) return;
    const { thread, dialler } = await this.#stand();
    const sockets = await thread.call('openNameServer', netnsPath, NAME_SERVER, 53);
    container.names = await serveNames(sockets, {
      addressesOf: (name) => addressesOf(container, this.#attached.values(), name),
      nameOf: (address) => nameOf(container, this.#attached.values(), address),
      upstreams: () =>
        container.endpoints.every((each) => each.network.internal)
          ? []
          : container.nameServers.map(({ address, from }) => ({
              address,
              dialler: from === 'container' ? dialler : undefined,
            })),
    });
  }

  async #publish(
    container: AttachedContainer,
    endpoint: NetworkEndpoint,
    options: Pick<AttachOptions, 'ports'>,
  ): Promise<void> {
    if (options.ports.length === 0) return;
    const { dialler } = await this.#stand();
    const of = { containerName: container.containerName, endpointId: endpoint.endpointId };
    container.published = await publishPorts(options.ports, endpoint.ip, dialler, of);
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
    for (const { bridge, endpoint } of container.endpoints) bridge.pool.give(endpoint.ip);
  }

  attachment(containerId: string): Attachment | undefined {
    const container = this.#attached.get(containerId);
    return container === undefined ? undefined : attachmentOf(container);
  }

  async connect(network: string, containerId: string, options: EndpointOptions = {}): Promise<NetworkEndpoint> {
    const stored = this.#find(network);
    const container = this.#attached.get(containerId);
    if (container === undefined) throw problems.containerNotAttached(containerId);
    if (!container.ownsNetns || container.predefined !== undefined) {
      throw problems.sharesNetwork(container.containerName);
    }
    if (container.endpoints.some((each) => each.network.id === stored.id)) {
      throw problems.alreadyConnected(container.containerName, stored.name);
    }
    const { endpoint } = await this.#join(container, stored, options);
    await this.#serveNames(container);
    await this.stored.put(container);
    return endpoint;
  }

  async disconnect(network: string, containerId: string): Promise<void> {
    const stored = this.#find(network);
    const container = this.#attached.get(containerId);
    const index = container?.endpoints.findIndex((each) => each.network.id === stored.id) ?? -1;
    const attached = container?.endpoints[index];
    if (container === undefined || attached === undefined) throw problems.notConnected(containerId, stored.name);
    container.endpoints.splice(index, 1);
    await this.stored.put(container);
    await (await this.#stand()).thread.call('removeLink', attached.hostName);
    attached.bridge.pool.give(attached.endpoint.ip);
    // Its default route has gone with the interface.
    const others = container.endpoints.map((each) => each.endpoint).filter(({ gateway }) => gateway !== '');
    const [next] = others;
    if (index > 0 || next === undefined || attached.endpoint.gateway === '') return;
    await (await this.#stand()).thread.call('addGateway', container.netnsPath ?? '', next.interfaceName, next.gateway);
  }

  async list(): Promise<NetworkRecord[]> {
    return this.store.all().map((network) => this.#record(network));
  }

  async inspect(nameOrId: string): Promise<NetworkRecord> {
    return this.#record(this.#find(nameOrId));
  }

  async create(options: NetworkCreateOptions): Promise<NetworkRecord> {
    if (PREDEFINED.includes(options.name)) throw problems.predefinedCreate(options.name);
    if (this.store.all().some((network) => network.name === options.name)) throw problems.nameTaken(options.name);
    checkAddresses(options);
    const network = newNetwork({
      name: options.name,
      internal: options.internal ?? false,
      attachable: options.attachable ?? false,
      labels: { ...options.labels },
      options: { ...options.options },
      ...(options.subnet === undefined ? {} : { subnet: options.subnet }),
      ...(options.gateway === undefined ? {} : { gateway: options.gateway }),
      ...(options.ipRange === undefined ? {} : { ipRange: options.ipRange }),
      ...(Object.keys(options.auxiliaryAddresses ?? {}).length === 0
        ? {}
        : { auxiliaryAddresses: { ...options.auxiliaryAddresses } }),
    });
    await this.store.put(network);
    if (this.options.access !== 'none') await (await this.#stand()).bridges.settle(network);
    return this.inspect(network.id);
  }

  async remove(nameOrId: string): Promise<NetworkRecord> {
    const network = this.#find(nameOrId);
    if (PREDEFINED.includes(network.name)) throw problems.predefinedRemove(network.name);
    const record = this.#record(network);
    if (Object.keys(record.Containers).length > 0) throw problems.inUse(network.name, network.id);
    await this.#discard(network);
    return record;
  }

  async prune(filter: (network: NetworkRecord) => boolean = () => true): Promise<string[]> {
    const removed: string[] = [];
    for (const network of this.store.all()) {
      const record = this.#record(network);
      if (PREDEFINED.includes(network.name) || Object.keys(record.Containers).length > 0 || !filter(record)) continue;
      await this.#discard(network);
      removed.push(network.name);
    }
    return removed;
  }

  async #discard(network: StoredNetwork): Promise<void> {
    if (this.#ground !== undefined) await (await this.#ground).bridges.remove(network);
    await this.store.delete(network);
  }

  async stats(containerId: string): Promise<Readonly<Record<string, InterfaceStats>>> {
    const out: Record<string, InterfaceStats> = {};
    for (const { endpoint, hostName } of this.#attached.get(containerId)?.endpoints ?? []) {
      const seen = await (await this.#stand()).thread.call('counters', hostName);
      if (seen === undefined) continue;
      // The bridge's end receives what the container sends.
      out[endpoint.interfaceName] = {
        rxBytes: seen.txBytes,
        rxPackets: seen.txPackets,
        rxErrors: seen.txErrors,
        rxDropped: seen.txDropped,
        txBytes: seen.rxBytes,
        txPackets: seen.rxPackets,
        txErrors: seen.rxErrors,
        txDropped: seen.rxDropped,
      };
    }
    return out;
  }

  async abilities(): Promise<NetworkAbilities> {
    const { access } = this.options;
    if (access === 'none') {
      const reasons = ['no network namespaces are allowed here: containers share the host’s network'];
      return { bridge: false, outbound: true, reasons };
    }
    const tools = await Promise.all(['iptables-restore', 'nft'].map(isInstalled));
    const obstacle = access === 'rootless' ? await uplinkObstacle() : undefined;
    const reasons = [
      access === 'root' ? 'bridges in the host’s network' : 'bridges in a network of the user’s own',
      ...(tools.includes(true) ? [] : ['no way out of the bridge: install iptables or nftables']),
      ...(obstacle === undefined ? [] : [obstacle]),
    ];
    return { bridge: true, outbound: tools.includes(true) && obstacle === undefined, reasons };
  }

  async nameservers(): Promise<readonly string[]> {
    return this.#ground === undefined ? [] : ((await (await this.#ground).uplink())?.nameservers ?? []);
  }

  async recover(kept: ReadonlySet<string> = new Set()): Promise<string[]> {
    const removed = await this.store.recover();
    for (const stored of await this.stored.all()) {
      if (kept.has(stored.containerId))
        removed.push(...(await this.#adopt(stored).catch((error: unknown) => [String(error)])));
      else await this.stored.delete(stored.containerId);
    }
    if (this.options.access === 'none') return removed;
    const { thread, bridges } = await this.#stand();
    for (const name of await filesIn(this.options.runtimeFolder)) {
      if (name === 'home' || this.#isHeld(name)) continue;
      await thread.call('destroyNamespace', join(this.options.runtimeFolder, name));
      removed.push(`removed the network namespace ${name}`);
    }
    return [...removed, ...(await bridges.recover())];
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
      const network = this.#find(endpoint.networkId);
      const bridge = await (await this.#stand()).bridges.get(network);
      bridge.pool.take(endpoint.ip);
      container.endpoints.push({ endpoint, network, bridge, hostName });
    }
    const first = container.endpoints[0]?.endpoint;
    if (first === undefined) return [];
    await (await this.#stand()).uplink();
    await this.#serveNames(container);
    try {
      await this.#publish(container, first, { ports });
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

  async #outboundWarnings(network: StoredNetwork): Promise<string[]> {
    if (network.internal) return [];
    const ground = await this.#stand();
    const [bridge, uplink] = await Promise.all([ground.bridges.get(network), ground.uplink()]);
    return [
      ...(bridge.rules === undefined
        ? [
            'Neither iptables nor nft works here: the container reaches no network outside, and networks are not kept apart.',
          ]
        : []),
      ...(this.options.access === 'rootless' && uplink === undefined
        ? [(await uplinkObstacle()) ?? UPLINK_FAILED]
        : []),
    ];
  }

  /** By name, ID, or a unique beginning of an ID. */
  #find(nameOrId: string): StoredNetwork {
    const all = this.store.all();
    const exact = all.find((network) => network.name === nameOrId || network.id === nameOrId);
    const starting = nameOrId === '' ? [] : all.filter((network) => network.id.startsWith(nameOrId));
    const found = exact ?? (starting.length === 1 ? starting[0] : undefined);
    if (found === undefined) throw problems.networkNotFound(nameOrId);
    return found;
  }

  #record(network: StoredNetwork): NetworkRecord {
    const containers: Record<string, NetworkRecord['Containers'][string]> = {};
    for (const container of this.#attached.values()) {
      const endpoint = container.endpoints.find((each) => each.network.id === network.id)?.endpoint;
      if (endpoint === undefined && container.predefined?.id !== network.id) continue;
      containers[container.containerId] = {
        Name: container.containerName,
        EndpointID: endpoint?.endpointId ?? '',
        MacAddress: endpoint?.mac ?? '',
        IPv4Address: endpoint === undefined ? '' : `${endpoint.ip}/${endpoint.prefix}`,
        IPv6Address: '',
      };
    }
    return networkRecord(network, this.options.bridgeName, containers);
  }
}

function freeName(container: AttachedContainer): string {
  const taken = new Set(container.endpoints.map((each) => each.endpoint.interfaceName));
  for (let number = 0; ; number++) if (!taken.has(`eth${number}`)) return `eth${number}`;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
