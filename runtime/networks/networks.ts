import type { NamespaceSpec } from '../sandbox/sandbox.ts';

/** A port that a container asks to have published (`PortBindings` of Docker's HostConfig, flattened). */
export interface PortRequest {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  /** Empty: every IPv4 and IPv6 address of the host. */
  readonly hostIp: string;
  /** 0: a free one. */
  readonly hostPort: number;
  /** The last of a range, of which the first free one is taken; `hostPort` is its first. */
  readonly lastHostPort?: number | undefined;
}

/** A port as it is really bound: one entry an address family. */
export interface PublishedPort {
  readonly containerPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostIp: string;
  readonly hostPort: number;
}

/** What a container asks of one network. */
export interface EndpointOptions {
  /** A wanted address of the network's subnet. */
  readonly ipv4Address?: string | undefined;
  readonly ipv6Address?: string | undefined;
  /** A wanted MAC address; derived from the IPv4 address where undefined. */
  readonly macAddress?: string | undefined;
  /** Addresses that the interface has beside its own, of either IP version. */
  readonly linkLocalIps?: readonly string[] | undefined;
  /** Further names that its neighbours there find it by. */
  readonly aliases?: readonly string[] | undefined;
  /** Names of its own for neighbours. */
  readonly links?: readonly EndpointLink[] | undefined;
  /** The higher one's network is the way out, of equal ones that whose name comes first; 0 where undefined. */
  readonly gatewayPriority?: number | undefined;
  /** Name inside the container; the first `ethN` that is free where undefined. */
  readonly interfaceName?: string | undefined;
  /** Settings of the interface. */
  readonly sysctls?: readonly InterfaceSysctl[] | undefined;
}

/** A setting of the kernel for one interface: `net.<family>.<group>.<interface>.<name>`. */
export interface InterfaceSysctl {
  readonly family: string;
  readonly group: string;
  readonly name: string;
  readonly value: string;
}

/** A name that one container has for another. */
export interface EndpointLink {
  /** Name or ID; it need not exist yet. */
  readonly container: string;
  readonly alias: string;
}

/** A name server that a container's questions are passed on to, over its own networks or from the host. */
export interface NameServer {
  readonly address: string;
  readonly from: 'container' | 'host';
}

export interface AttachOptions extends EndpointOptions {
  /** The container's name, as network inspect shows it. */
  readonly containerName: string;
  /** Docker's NetworkMode: `default`, `bridge`, `none`, `host`, `container:<full id>`, or the name or ID of a network. */
  readonly mode: string;
  readonly ports: readonly PortRequest[];
  /** Networks beside the one that `mode` names. */
  readonly further?: readonly (EndpointOptions & { readonly network: string })[] | undefined;
  /** Whom the name server of a user-defined network asks for what it does not know itself. */
  readonly nameServers?: readonly NameServer[] | undefined;
}

/** What an interface has of one IP version. */
export interface EndpointAddress {
  readonly ip: string;
  readonly prefix: number;
  /** Empty where the network is internal. */
  readonly gateway: string;
}

/** One end of a veth pair: the container's interface on one network (Docker's EndpointSettings). */
export interface NetworkEndpoint extends EndpointAddress {
  readonly networkName: string;
  readonly networkId: string;
  readonly endpointId: string;
  /** Where the network has IPv6. */
  readonly ipv6?: EndpointAddress | undefined;
  readonly mac: string;
  /** Name inside the container, `eth0`. */
  readonly interfaceName: string;
  readonly aliases: readonly string[];
  readonly links: readonly EndpointLink[];
  readonly gatewayPriority?: number | undefined;
}

/** All addresses of an endpoint, IPv4 first. */
export function ipsOf({ ip, ipv6 }: Pick<NetworkEndpoint, 'ip' | 'ipv6'>): readonly string[] {
  return ipv6 === undefined ? [ip] : [ip, ipv6.ip];
}

/** What a container got from the network. */
export interface Attachment {
  readonly containerId: string;
  /** 64 hex digits (Docker's SandboxID). */
  readonly sandboxId: string;
  /** To put into `SandboxSpec.namespaces.network`. */
  readonly namespace: NamespaceSpec;
  /** Path of the network namespace; undefined in mode `host`. */
  readonly netnsPath: string | undefined;
  /** The first one is the default route; empty for `none`, `host` and `container:`. */
  readonly endpoints: readonly NetworkEndpoint[];
  /** IDs by name of the networks that it is on, `host` and `none` among them; empty for `container:`. */
  readonly networkIds: Readonly<Record<string, string>>;
  readonly ports: readonly PublishedPort[];
  /** Where it finds a name server for its user-defined networks; undefined where it has none. */
  readonly nameServer: string | undefined;
  /** What this machine could not honour, for the API's `Warnings`. */
  readonly warnings: readonly string[];
}

/** Cumulative counters of one interface since it was made (Docker's stats, `networks.eth0`). */
export interface InterfaceStats {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly rxErrors: number;
  readonly rxDropped: number;
  readonly txBytes: number;
  readonly txPackets: number;
  readonly txErrors: number;
  readonly txDropped: number;
}

/** A network as the Docker Engine API shows it (`NetworkInspect`), field for field; what came after 1.41 is put in there. */
export interface NetworkRecord {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: 'local';
  readonly Driver: 'bridge' | 'host' | 'null';
  readonly EnableIPv6: boolean;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Readonly<Record<string, string>> | null;
    readonly Config: readonly {
      readonly Subnet: string;
      readonly IPRange?: string;
      readonly Gateway?: string;
      readonly AuxiliaryAddresses?: Readonly<Record<string, string>>;
    }[];
  };
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigFrom: { readonly Network: string };
  readonly ConfigOnly: boolean;
  readonly Containers: Readonly<
    Record<
      string,
      {
        readonly Name: string;
        readonly EndpointID: string;
        readonly MacAddress: string;
        readonly IPv4Address: string;
        readonly IPv6Address: string;
      }
    >
  >;
  readonly Options: Readonly<Record<string, string>>;
  readonly Labels: Readonly<Record<string, string>>;
}

/** The addresses of one IP version that a network is to have. */
export interface NetworkAddresses {
  /** CIDR; chosen from the free private ranges where undefined. */
  readonly subnet?: string | undefined;
  readonly gateway?: string | undefined;
  /** CIDR, a part of the subnet: addresses that are not asked for come from it. */
  readonly ipRange?: string | undefined;
  /** Addresses of the subnet that no container gets by itself, by name. */
  readonly auxiliaryAddresses?: Readonly<Record<string, string>> | undefined;
}

/** Of IPv4 the addresses are always, of IPv6 where `ipv6` is given. */
export interface NetworkCreateOptions extends NetworkAddresses {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly options?: Readonly<Record<string, string>> | undefined;
  readonly ipv6?: NetworkAddresses | undefined;
  /** Kept, and without effect. */
  readonly ipamOptions?: Readonly<Record<string, string>> | undefined;
  readonly internal?: boolean | undefined;
  readonly attachable?: boolean | undefined;
}

/** What this machine's network gives, for `lapstrake doctor`. */
export interface NetworkAbilities {
  /** Containers get an address on a bridge. */
  readonly bridge: boolean;
  /** Containers reach the world outside. */
  readonly outbound: boolean;
  /** What sets the rules by which they do; `none` where nothing can. */
  readonly firewall: 'iptables' | 'nftables' | 'none';
  /** What keeps them from it: one sentence each, with what would change it. */
  readonly obstacles: readonly string[];
  /** One sentence each: why, and what would change it. */
  readonly reasons: readonly string[];
}

/**
 * Networks of containers: namespaces, bridges, addresses, published ports.
 *
 * Errors: EngineError `not-found` for an unknown network or container, `conflict` for a name or port that is taken
 * (Docker's text), `forbidden` for the predefined networks and for subnets that overlap, `invalid` for a bad address,
 * `unsupported` for IPv6 where the kernel has none.
 */
export interface Networks {
  /** Makes the namespace and interfaces and binds the ports; everything is undone where one of them fails. */
  attach(containerId: string, options: AttachOptions, signal?: AbortSignal): Promise<Attachment>;
  /** Undoes `attach`. An unknown container is no error. */
  release(containerId: string): Promise<void>;
  /** What `attach` gave, as long as it lasts, with later connects and disconnects. */
  attachment(containerId: string): Attachment | undefined;
  /** Adds an attached container to a further network. `ports` are bound where that is its first way out. */
  connect(
    network: string,
    containerId: string,
    options?: EndpointOptions,
    ports?: readonly PortRequest[],
  ): Promise<NetworkEndpoint>;
  disconnect(network: string, containerId: string): Promise<void>;
  /** Others find an attached container by that name from now on. One that is not attached is no error. */
  rename(containerId: string, name: string): Promise<void>;
  list(): Promise<NetworkRecord[]>;
  /** By name, ID, or a unique beginning of an ID. */
  inspect(nameOrId: string): Promise<NetworkRecord>;
  create(options: NetworkCreateOptions): Promise<NetworkRecord>;
  /** What this machine cannot honour of a network, one sentence each. Makes its bridge where it is not there yet. */
  shortcomings(nameOrId: string): Promise<readonly string[]>;
  /** Gives the removed network's record. */
  remove(nameOrId: string): Promise<NetworkRecord>;
  /** Removes the user-defined networks without containers that `filter` accepts; gives their names. */
  prune(filter?: (network: NetworkRecord) => boolean): Promise<string[]>;
  /** Counters by interface name; empty for `host`, `none` and unknown containers. */
  stats(containerId: string): Promise<Readonly<Record<string, InterfaceStats>>>;
  abilities(): Promise<NetworkAbilities>;
  /** Name servers for containers where the host's own are on loopback only (`resolvConf`'s fallback); often none. */
  nameservers(): Promise<readonly string[]>;
  /**
   * Takes over the networks of the `kept` containers, which outlived an earlier daemon, and removes what else it left:
   * namespaces, interfaces, rules. A line for the log per thing removed.
   */
  recover(kept?: ReadonlySet<string>): Promise<string[]>;
  /** Releases everything and removes bridges and rules. */
  dispose(): Promise<void>;
}
