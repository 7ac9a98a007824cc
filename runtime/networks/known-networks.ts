import type { AttachedContainer } from './attached.ts';
import { checkAddresses } from './check-addresses.ts';
import type { Ground } from './ground.ts';
import * as problems from './network-errors.ts';
import { networkRecord } from './network-record.ts';
import {
  type NetworkStore,
  newNetwork,
  PREDEFINED,
  type StoredAddresses,
  type StoredNetwork,
} from './network-store.ts';
import type { NetworkAddresses, NetworkCreateOptions, NetworkRecord } from './networks.ts';

export interface KnownNetworksOptions {
  readonly store: NetworkStore;
  /** Containers with a network, by ID. */
  readonly attached: ReadonlyMap<string, AttachedContainer>;
  /** Interface name of the default bridge. */
  readonly bridgeName: string;
  /** What bridges stand on; undefined where there are none. */
  ground(): Promise<Ground> | undefined;
  /** The same, where it is made already. */
  groundMade(): Promise<Ground> | undefined;
}

/** The networks that there are: made, found, shown and removed. */
export class KnownNetworks {
  constructor(private readonly options: KnownNetworksOptions) {}

  /** By name, ID, or a unique beginning of an ID. */
  find(nameOrId: string): StoredNetwork {
    const all = this.options.store.all();
    const exact = all.find((network) => network.name === nameOrId || network.id === nameOrId);
    const starting = nameOrId === '' ? [] : all.filter((network) => network.id.startsWith(nameOrId));
    const found = exact ?? (starting.length === 1 ? starting[0] : undefined);
    if (found === undefined) throw problems.networkNotFound(nameOrId);
    return found;
  }

  list(): NetworkRecord[] {
    return this.options.store.all().map((network) => this.record(network));
  }

  /** A network as the API shows it. */
  record(network: StoredNetwork): NetworkRecord {
    const containers: Record<string, NetworkRecord['Containers'][string]> = {};
    for (const container of this.options.attached.values()) {
      const endpoint = container.endpoints.find((each) => each.network.id === network.id)?.endpoint;
      if (endpoint === undefined && container.predefined?.id !== network.id) continue;
      const show = (of: { ip: string; prefix: number } | undefined) =>
        of === undefined ? '' : `${of.ip}/${of.prefix}`;
      containers[container.containerId] = {
        Name: container.containerName,
        EndpointID: endpoint?.endpointId ?? '',
        MacAddress: endpoint?.mac ?? '',
        IPv4Address: show(endpoint),
        IPv6Address: show(endpoint?.ipv6),
      };
    }
    return networkRecord(network, this.options.bridgeName, containers);
  }

  async create(options: NetworkCreateOptions): Promise<NetworkRecord> {
    const { store } = this.options;
    if (PREDEFINED.includes(options.name)) throw problems.predefinedCreate(options.name);
    if (store.all().some((network) => network.name === options.name)) throw problems.nameTaken(options.name);
    checkAddresses(options.name, 4, options);
    if (options.ipv6 !== undefined) checkAddresses(options.name, 6, options.ipv6);
    const network = newNetwork({
      name: options.name,
      internal: options.internal ?? false,
      attachable: options.attachable ?? false,
      labels: { ...options.labels },
      options: { ...options.options },
      ...storedAddresses(options),
      ...(options.ipamOptions === undefined ? {} : { ipamOptions: { ...options.ipamOptions } }),
      ...(options.ipv6 === undefined ? {} : { ipv6: storedAddresses(options.ipv6) }),
    });
    const ground = await this.options.ground();
    await (ground === undefined ? store.put(network) : ground.bridges.add(network));
    // What keeps IPv6 from working is said now, not to the first container.
    if (network.ipv6 !== undefined) await this.#tryBridge(network.id, ground);
    return this.record(this.find(network.id));
  }

  async #tryBridge(id: string, ground: Ground | undefined): Promise<void> {
    try {
      await ground?.bridges.get(this.find(id));
    } catch (error) {
      await this.discard(this.find(id));
      throw error;
    }
  }

  async remove(nameOrId: string): Promise<NetworkRecord> {
    const network = this.find(nameOrId);
    if (PREDEFINED.includes(network.name)) throw problems.predefinedRemove(network.name);
    const record = this.record(network);
    if (Object.keys(record.Containers).length > 0) throw problems.inUse(network.name, network.id);
    await this.discard(network);
    return record;
  }

  async prune(filter: (network: NetworkRecord) => boolean): Promise<string[]> {
    const removed: string[] = [];
    for (const network of this.options.store.all()) {
      const record = this.record(network);
      if (PREDEFINED.includes(network.name) || Object.keys(record.Containers).length > 0 || !filter(record)) continue;
      await this.discard(network);
      removed.push(network.name);
    }
    return removed;
  }

  /** Removes a network that nobody is on. */
  async discard(network: StoredNetwork): Promise<void> {
    await (await this.options.groundMade())?.bridges.remove(network);
    await this.options.store.delete(network);
  }
}

function storedAddresses({ subnet, gateway, ipRange, auxiliaryAddresses = {} }: NetworkAddresses): StoredAddresses {
  return {
    ...(subnet === undefined ? {} : { subnet }),
    ...(gateway === undefined ? {} : { gateway }),
    ...(ipRange === undefined ? {} : { ipRange }),
    ...(Object.keys(auxiliaryAddresses).length === 0 ? {} : { auxiliaryAddresses: { ...auxiliaryAddresses } }),
  };
}
