import { closeSync, openSync, rmSync } from 'node:fs';
import { hasErrno } from '../os/errno.ts';
import { libcFunction } from '../os/libc.ts';
import { RouteSocket } from '../os/netlink.ts';
import {
  addAddress,
  addBridge,
  addDefaultRoute,
  addVeth,
  deleteLink,
  findLink,
  type LinkCounters,
  linkCounters,
  linkNames,
  setUp,
} from '../os/netlink-route.ts';
import { releaseNetns, setNetSysctl, ThreadNetns } from '../os/netns.ts';
import type { NameServerSockets } from './dns/name-server.ts';

const socket = libcFunction('socket', 'int socket(int domain, int type, int protocol)');
const setsockopt = libcFunction(
  'setsockopt',
  'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)',
);
const bind = libcFunction('bind', 'int bind(int fd, const uint8_t *address, uint32_t length)');
const [AF_INET, SOCK_STREAM, SOCK_DGRAM, SOCK_CLOEXEC] = [2, 1, 2, 0o2000000];
const [SOL_SOCKET, SO_REUSEADDR] = [1, 2];
const LOOPBACK = 1;
const MTU = 1500;

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
  readonly ip: string;
  readonly prefix: number;
  /** Undefined where another interface has the default route, or the network is internal. */
  readonly gateway: string | undefined;
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
    if (home === 'current' || entered !== undefined) return;
    setUp(this.#route, LOOPBACK);
    rmSync(home.path, { force: true });
    this.#netns.expose(home.path);
  }

  /** Whether the home namespace is one of an earlier daemon's. */
  home(): 'new' | 'found' {
    return this.#home;
  }

  /** Makes a bridge with an address, and lets the kernel forward; one that is there is taken as it is. */
  ensureBridge(name: string, mac: string, ip: string, prefix: number): 'made' | 'found' {
    if (findLink(this.#route, name) !== undefined) return 'found';
    const index = addBridge(this.#route, name, mac);
    try {
      addAddress(this.#route, index, ip, prefix);
      setNetSysctl('ipv4/ip_forward', '1');
    } catch (error) {
      deleteLink(this.#route, name);
      throw error;
    }
    return 'made';
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
        mtu: MTU,
      });
    } finally {
      closeSync(netns);
    }
    try {
      this.#configure(spec);
    } catch (error) {
      deleteLink(this.#route, spec.hostName);
      throw error;
    }
  }

  #configure(spec: InterfaceSpec): void {
    const inside = this.#netns.within(spec.netns, () => new RouteSocket());
    try {
      const index = findLink(inside, spec.name)?.index ?? 0;
      addAddress(inside, index, spec.ip, spec.prefix);
      setUp(inside, index);
      if (spec.gateway !== undefined) addDefaultRoute(inside, index, spec.gateway);
    } finally {
      inside.close();
    }
  }

  /** Removes an interface: a container's end with its other end, or a bridge. */
  removeLink(name: string): 'removed' | 'missing' {
    return deleteLink(this.#route, name);
  }

  /** Counters of the bridge's end: what the container has sent, it has received. */
  counters(hostName: string): LinkCounters | undefined {
    return linkCounters(this.#route, hostName);
  }

  /** A socket of the home namespace, as a descriptor that every thread of this process can use. */
  openSocket(type: 'stream' | 'datagram'): number {
    return socket('socket', AF_INET, (type === 'stream' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
  }

  /**
   * Sockets at an address of a container's loopback. One of the container's own may listen at every address beside them
   * (SO_REUSEADDR).
   */
  openNameServer(netns: string, ip: string, port: number): NameServerSockets {
    const opened: number[] = [];
    const open = (type: number): number => {
      const fd = socket('socket', AF_INET, type | SOCK_CLOEXEC, 0);
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

/** `struct sockaddr_in`. */
function socketAddress(ip: string, port: number): Buffer {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET, 0);
  address.writeUInt16BE(port, 2);
  address.set(ip.split('.').map(Number), 4);
  return address;
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
