import { hasErrno } from './errno.ts';
import { ipBytes } from './ip-bytes.ts';
import { attribute, CREATE_EXCLUSIVE, CREATE_OR_REPLACE, DUMP, parseAttributes, type RouteSocket } from './netlink.ts';
import { addressFamily } from './socket-address.ts';

const [RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_NEWADDR, RTM_NEWROUTE] = [16, 17, 18, 20, 24];
const [IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_MASTER, IFLA_LINKINFO, IFLA_STATS64, IFLA_NET_NS_FD] = [
  1, 3, 4, 10, 18, 23, 28,
];
const [IFLA_INFO_KIND, IFLA_INFO_DATA, VETH_INFO_PEER] = [1, 2, 1];
const [IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA, IFLA_BRPORT_ISOLATED] = [4, 5, 33];
const [IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST] = [1, 2, 4];
const [RTA_OIF, RTA_GATEWAY] = [4, 5];
const IFF_UP = 1;
const IFA_F_NODAD = 2;

/** The header of a link message (struct ifinfomsg). */
function linkHeader(index: number, flags: number, changed: number): Buffer {
  const out = Buffer.alloc(16);
  out.writeInt32LE(index, 4);
  out.writeUInt32LE(flags, 8);
  out.writeUInt32LE(changed, 12);
  return out;
}

/** An interface, as this engine needs it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
}

/** The interface of that name, or undefined. */
export function findLink(socket: RouteSocket, name: string): Link | undefined {
  const answer = getLink(socket, name);
  if (answer === undefined) return undefined;
  return { index: answer.readInt32LE(4), name, up: (answer.readUInt32LE(8) & IFF_UP) !== 0 };
}

function getLink(socket: RouteSocket, name: string): Buffer | undefined {
  try {
    const payload = Buffer.concat([linkHeader(0, 0, 0), attribute(IFLA_IFNAME, name)]);
    return socket.request(`look up interface ${name}`, RTM_GETLINK, 0, payload)[0];
  } catch (error) {
    if (hasErrno(error, 'ENODEV')) return undefined;
    throw error;
  }
}

/** Names of all interfaces. */
export function linkNames(socket: RouteSocket): string[] {
  return socket
    .request('list interfaces', RTM_GETLINK, DUMP, linkHeader(0, 0, 0))
    .map(
      (answer) => parseAttributes(answer.subarray(16)).get(IFLA_IFNAME)?.toString('utf8').replace(/\0.*$/s, '') ?? '',
    );
}

/** Makes a bridge and sets it up; gives its index. */
export function addBridge(socket: RouteSocket, name: string, mac: string): number {
  const payload = Buffer.concat([
    linkHeader(0, IFF_UP, IFF_UP),
    attribute(IFLA_IFNAME, name),
    attribute(IFLA_ADDRESS, macBytes(mac)),
    attribute(IFLA_LINKINFO, attribute(IFLA_INFO_KIND, 'bridge')),
  ]);
  socket.request(`make bridge ${name}`, RTM_NEWLINK, CREATE_EXCLUSIVE, payload);
  return findLink(socket, name)?.index ?? 0;
}

/** Makes a veth pair: one end a port of a bridge here, the other in the namespace behind a descriptor, down still. */
export function addVeth(
  socket: RouteSocket,
  of: {
    readonly name: string;
    readonly bridge: number;
    readonly peerName: string;
    readonly peerMac: string;
    readonly peerNetns: number;
    readonly mtu: number;
  },
): void {
  const peer = Buffer.concat([
    linkHeader(0, 0, 0),
    attribute(IFLA_IFNAME, of.peerName),
    attribute(IFLA_ADDRESS, macBytes(of.peerMac)),
    attribute(IFLA_MTU, of.mtu),
    attribute(IFLA_NET_NS_FD, of.peerNetns),
  ]);
  const info = Buffer.concat([
    attribute(IFLA_INFO_KIND, 'veth'),
    attribute(IFLA_INFO_DATA, attribute(VETH_INFO_PEER, peer)),
  ]);
  const payload = Buffer.concat([
    linkHeader(0, IFF_UP, IFF_UP),
    attribute(IFLA_IFNAME, of.name),
    attribute(IFLA_MTU, of.mtu),
    attribute(IFLA_MASTER, of.bridge),
    attribute(IFLA_LINKINFO, info),
  ]);
  socket.request(`make interface ${of.name}`, RTM_NEWLINK, CREATE_EXCLUSIVE, payload);
}

/** Lets a port of a bridge reach the bridge, and no other port that is isolated. */
export function isolatePort(socket: RouteSocket, name: string): void {
  const info = Buffer.concat([
    attribute(IFLA_INFO_SLAVE_KIND, 'bridge'),
    attribute(IFLA_INFO_SLAVE_DATA, attribute(IFLA_BRPORT_ISOLATED, Buffer.from([1]))),
  ]);
  const header = linkHeader(findLink(socket, name)?.index ?? 0, 0, 0);
  socket.request(`isolate ${name}`, RTM_NEWLINK, 0, Buffer.concat([header, attribute(IFLA_LINKINFO, info)]));
}

/** Sets an interface up. */
export function setUp(socket: RouteSocket, index: number): void {
  socket.request('set an interface up', RTM_NEWLINK, 0, linkHeader(index, IFF_UP, IFF_UP));
}

/** Removes an interface, a veth's other end with it. One that is not there is no error. */
export function deleteLink(socket: RouteSocket, name: string): 'removed' | 'missing' {
  const link = findLink(socket, name);
  if (link === undefined) return 'missing';
  try {
    socket.request(`remove interface ${name}`, RTM_DELLINK, 0, linkHeader(link.index, 0, 0));
  } catch (error) {
    if (hasErrno(error, 'ENODEV')) return 'missing';
    throw error;
  }
  return 'removed';
}

/** Gives an interface an address: of IPv6 at once, without asking whether a neighbour has it already. */
export function addAddress(socket: RouteSocket, index: number, ip: string, prefix: number): void {
  const address = ipBytes(ip);
  const isIpv4 = address.length === 4;
  const header = Buffer.alloc(8);
  header.writeUInt8(addressFamily(ip), 0);
  header.writeUInt8(prefix, 1);
  header.writeUInt8(isIpv4 ? 0 : IFA_F_NODAD, 2);
  header.writeUInt32LE(index, 4);
  const attributes = [attribute(IFA_LOCAL, address), attribute(IFA_ADDRESS, address)];
  if (isIpv4 && prefix < 31) {
    const broadcast = Buffer.alloc(4);
    broadcast.writeUInt32BE((address.readUInt32BE() | (2 ** (32 - prefix) - 1)) >>> 0);
    attributes.push(attribute(IFA_BROADCAST, broadcast));
  }
  socket.request(`set address ${ip}`, RTM_NEWADDR, CREATE_EXCLUSIVE, Buffer.concat([header, ...attributes]));
}

/** Sends everything that no other route takes to a gateway, and to no other. */
export function addDefaultRoute(socket: RouteSocket, index: number, gateway: string): void {
  const header = Buffer.alloc(12);
  // Main table, made at boot, reaches anywhere, unicast.
  header.set([addressFamily(gateway), 0, 0, 0, 254, 3, 0, 1]);
  const attributes = [attribute(RTA_GATEWAY, ipBytes(gateway)), attribute(RTA_OIF, index)];
  socket.request(`set gateway ${gateway}`, RTM_NEWROUTE, CREATE_OR_REPLACE, Buffer.concat([header, ...attributes]));
}

/** Counters in the order of struct rtnl_link_stats64: packets, bytes, errors, dropped, each received and sent. */
export interface LinkCounters {
  readonly rxPackets: number;
  readonly txPackets: number;
  readonly rxBytes: number;
  readonly txBytes: number;
  readonly rxErrors: number;
  readonly txErrors: number;
  readonly rxDropped: number;
  readonly txDropped: number;
}

/** Counters of an interface, or undefined where it is not there. */
export function linkCounters(socket: RouteSocket, name: string): LinkCounters | undefined {
  const answer = getLink(socket, name);
  const stats = answer === undefined ? undefined : parseAttributes(answer.subarray(16)).get(IFLA_STATS64);
  if (stats === undefined) return undefined;
  const at = (field: number): number => Number(stats.readBigUInt64LE(field * 8));
  return {
    rxPackets: at(0),
    txPackets: at(1),
    rxBytes: at(2),
    txBytes: at(3),
    rxErrors: at(4),
    txErrors: at(5),
    rxDropped: at(6),
    txDropped: at(7),
  };
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.split(':').map((byte) => Number.parseInt(byte, 16)));
}
