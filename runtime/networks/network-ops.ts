import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { hasErrno } from '../os/errno.ts';
import { forwardIpv6, ignoreRouters, setIpv6 } from '../os/ipv6-settings.ts';
import { libcFunction } from '../os/libc.ts';
import { RouteSocket } from '../os/netlink.ts';
import {
  addAddress,
  addBridge,
  addDefaultRoute,
  addVeth,
  deleteLink,
  findLink,
  isolatePort,
  type LinkCounters,
  linkCounters,
  linkNames,
  setUp,
} from '../os/netlink-route.ts';
import { releaseNetns, setNetSysctl, ThreadNetns } from '../os/netns.ts';
import { addressFamily, socketAddress } from '../os/socket-address.ts';
import type { NameServerSockets } from './dns/name-server.ts';

const socket = libcFunction('socket', 'int socket(int domain, int type, int protocol)');
const setsockopt = libcFunction(
  'setsockopt',
  'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)',
);
const bind = libcFunction('bind', 'int bind(int fd, const uint8_t *address, uint32_t length)');
const [SOCK_STREAM, SOCK_DGRAM, SOCK_CLOEXEC] = [1, 2, 0o2000000];
const [SOL_SOCKET, SO_REUSEADDR] = [1, 2];
const LOOPBACK = 1;

/** An address of an interface. */
export interface InterfaceAddress {
  readonly ip: string;
  readonly prefix: number;
}

/** What a program that is a namespace's way out expects of its interface there. */
export interface UplinkAddress extends InterfaceAddress {
  readonly name: string;
  readonly gateway: string;
}

/** A network's bridge. */
export interface BridgeSpec {
  readonly name: string;
  readonly mac: string;
  readonly addresses: readonly InterfaceAddress[];
}

/** A container's interface on a bridge. */
export interface InterfaceSpec {
  /** Path of the container's network namespace. */
  readonly netns: string;
  readonly bridge: string;
  /** Name of the end at the bridge. */
  readonly hostName: string;
  /** Name inside the container. */
  readonly name: string;
  readonly mac: string;
  /** Bytes. */
  readonly mtu: number;
  /** Whether it reaches the bridge's other interfaces, or the bridge alone. */
  readonly neighbours: 'reached' | 'unreached';
  /** Without one of IPv6, there is none on the interface. */
  readonly addresses: readonly InterfaceAddress[];
  /** None where another interface has the default route, or the network is internal. */
  readonly gateways: readonly string[];
}

/** What one thread does to the network namespaces; everything is synchronous and takes a millisecond or less. */
export class NetworkOps {
  readonly #netns: ThreadNetns;
  readonly #route: RouteSocket;
  readonly #home: 'new' | 'found';

  /** With a path, the calling thread moves into a namespace of its own, where the bridges are; that of an earlier daemon, if any. */
  constructor(home: 'current' | { readonly path: string }) {
    const entered = home === 'current' ? undefined : ThreadNetns.enterHome(home.path);
    this.#netns = entered ?? (home === 'current' ? new ThreadNetns() : ThreadNetns.makeHome());
    this.#route = new RouteSocket();
    this.#home = entered === undefined ? 'new' : 'found';
    if (home !== 'current') ignoreRouters('default');
    if (home === 'current' || entered !== undefined) return;
    setUp(this.#route, LOOPBACK);
    rmSync(home.path, { force: true });
    this.#netns.expose(home.path);
  }

  /** Whether the home namespace is one of an earlier daemon's. */
  home(): 'new' | 'found' {
    return this.#home;
  }

  /** Makes a bridge with its addresses, and lets the kernel forward IPv4; one that is there keeps its addresses. */
  ensureBridge({ name, mac, addresses }: BridgeSpec): 'made' | 'found' {
    const found = findLink(this.#route, name) !== undefined;
    const index = found ? 0 : addBridge(this.#route, name, mac);
    try {
      ignoreRouters(name);
      setIpv6(name, ipv6Of(addresses));
      if (found) return 'found';
      for (const { ip, prefix } of addresses) addAddress(this.#route, index, ip, prefix);
      setNetSysctl('ipv4/ip_forward', '1');
    } catch (error) {
      if (!found) deleteLink(this.#route, name);
      throw error;
    }
    return 'made';
  }

  /** Lets the kernel forward IPv6. */
  forwardIpv6(): void {
    forwardIpv6();
  }

  /** Gives the interface of a way out its address and the default route of IPv6. */
  configureUplink({ name, ip, prefix, gateway }: UplinkAddress): void {
    setIpv6(name, 'on');
    const index = findLink(this.#route, name)?.index ?? 0;
    addAddress(this.#route, index, ip, prefix);
    addDefaultRoute(this.#route, index, gateway);
  }

  /** The home namespace's /proc/net/ipv6_route; empty without IPv6. */
  ipv6Routes(): string {
    try {
      return readFileSync('/proc/thread-self/net/ipv6_route', 'utf8');
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return '';
      throw error;
    }
  }

  /** Makes a container's namespace, with its loopback up. */
  createNamespace(path: string): void {
    try {
      this.#netns.create(path, () => {
        const inside = new RouteSocket();
        try {
          setUp(inside, LOOPBACK);
        } finally {
          inside.close();
        }
        // As Docker: any user may listen on low ports and ping.
        tolerate(() => setNetSysctl('ipv4/ip_unprivileged_port_start', '0'));
        tolerate(() => setNetSysctl('ipv4/ping_group_range', '0 2147483647'));
      });
    } catch (error) {
      this.destroyNamespace(path);
      throw error;
    }
  }

  /** Lets a container's namespace go, and with it its interfaces. */
  destroyNamespace(path: string): void {
    try {
      releaseNetns(path);
    } catch (error) {
      if (!hasErrno(error, 'EINVAL', 'ENOENT') && !isUnmounted(error)) throw error;
    }
    rmSync(path, { force: true });
  }

  connect(spec: InterfaceSpec): void {
    const bridge = findLink(this.#route, spec.bridge);
    const netns = openSync(spec.netns, 'r');
    try {
      addVeth(this.#route, {
        name: spec.hostName,
        bridge: bridge?.index ?? 0,
        peerName: spec.name,
        peerMac: spec.mac,
        peerNetns: netns,
        mtu: spec.mtu,
      });
    } finally {
      closeSync(netns);
    }
    try {
      if (spec.neighbours === 'unreached') isolatePort(this.#route, spec.hostName);
      this.#configure(spec);
    } catch (error) {
      deleteLink(this.#route, spec.hostName);
      throw error;
    }
  }

  #configure(spec: InterfaceSpec): void {
    const inside = this.#netns.within(spec.netns, () => {
      setIpv6(spec.name, ipv6Of(spec.addresses));
      return new RouteSocket();
    });
    try {
      const index = findLink(inside, spec.name)?.index ?? 0;
      for (const { ip, prefix } of spec.addresses) addAddress(inside, index, ip, prefix);
      setUp(inside, index);
      for (const gateway of spec.gateways) addDefaultRoute(inside, index, gateway);
    } finally {
      inside.close();
    }
  }

  /** Sets what is below /proc/sys/net of a container. */
  setSysctl(netns: string, name: string, value: string): void {
    this.#netns.within(netns, () => setNetSysctl(name, value));
  }

  /** Removes an interface: a container's end with its other end, or a bridge. */
  removeLink(name: string): 'removed' | 'missing' {
    return deleteLink(this.#route, name);
  }

  /** Counters of the bridge's end: what the container has sent, it has received. */
  counters(hostName: string): LinkCounters | undefined {
    return linkCounters(this.#route, hostName);
  }

  /** A socket of the home namespace towards an address, as a descriptor that every thread of this process can use. */
  openSocket(type: 'stream' | 'datagram', ip: string): number {
    return socket('socket', addressFamily(ip), (type === 'stream' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  }

  /**
   * Sockets at an address of a container's loopback. One of the container's own may listen at every address beside them
   * (SO_REUSEADDR).
   */
  openNameServer(netns: string, ip: string, port: number): NameServerSockets {
    const opened: number[] = [];
    const open = (type: number): number => {
      const fd = socket('socket', addressFamily(ip), type | SOCK_CLOEXEC, 0);
      opened.push(fd);
      const yes = Buffer.alloc(4);
      yes.writeInt32LE(1);
      setsockopt('reuse', fd, SOL_SOCKET, SO_REUSEADDR, yes, yes.length);
      const address = socketAddress(ip, port);
      bind(`${ip}:${port}`, fd, address, address.length);
      return fd;
    };
    try {
      return this.#netns.within(netns, () => ({ datagram: open(SOCK_DGRAM), stream: open(SOCK_STREAM) }));
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      throw error;
    }
  }

  /** Gives an interface of a container the default route. */
  addGateway(netns: string, name: string, gateway: string): void {
    const inside = this.#netns.within(netns, () => new RouteSocket());
    try {
      addDefaultRoute(inside, findLink(inside, name)?.index ?? 0, gateway);
    } finally {
      inside.close();
    }
  }

  interfaces(): string[] {
    return linkNames(this.#route);
  }

  close(): void {
    this.#route.close();
    this.#netns.close();
  }
}

function ipv6Of(addresses: readonly InterfaceAddress[]): 'on' | 'off' {
  return addresses.some(({ ip }) => ip.includes(':')) ? 'on' : 'off';
}

function tolerate(work: () => void): void {
  try {
    work();
  } catch (error) {
    // A kernel without the setting, or /proc/sys mounted read-only: containers can live with the default.
    if (!hasErrno(error, 'ENOENT', 'EACCES', 'EROFS', 'EINVAL', 'EPERM')) throw error;
  }
}

function isUnmounted(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && (error.errno === 'EINVAL' || error.errno === 'ENOENT');
}
