import type { Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { EngineError } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { ipsOf, type NetworkEndpoint, type PortRequest, type PublishedPort } from './networks.ts';
import { type EndpointName, portError, rangeTaken } from './port-error.ts';
import { listenTcp } from './tcp-forwarder.ts';
import { listenUdp } from './udp-forwarder.ts';

/** Makes connections to a container's address: plainly, or out of another network namespace. */
export interface Dialler {
  /** A connected stream that allows half-close, or an error. */
  tcp(ip: string, port: number): Promise<Socket>;
  /** A bound socket that reaches addresses of this one's IP version. */
  udp(ip: string): Promise<UdpSocket>;
}

/** A port of a container, and its addresses in the order in which they are tried; of UDP, the first. */
export interface ForwardTarget {
  /** Others once the container has moved to another network. */
  ips: readonly string[];
  readonly port: number;
}

/** A listening port of the host. */
export interface Forwarding extends AsyncDisposable {
  readonly hostPort: number;
}

/** All ports of one container, bound together or not at all. */
export interface PublishedPorts extends AsyncDisposable {
  readonly ports: readonly PublishedPort[];
  /** Where the container is reached from now on. */
  lead(to: ContainerAddress): void;
}

/** Attempts to find a random port that is free on IPv4 and IPv6 alike. */
const ATTEMPTS = 16;

/** Where a container is reached. */
export type ContainerAddress = Pick<NetworkEndpoint, 'ip' | 'ipv6'>;

/** Listens on the host's ports and passes on to the container. Errors: as `portError`, with nothing left bound. */
export async function publishPorts(
  requests: readonly PortRequest[],
  to: ContainerAddress,
  dialler: Dialler,
  of: EndpointName,
): Promise<PublishedPorts> {
  const ports: PublishedPort[] = [];
  const open: Bound[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.splice(0).map(({ forwarding }) => forwarding[Symbol.asyncDispose]()));
  };
  try {
    for (const request of requests) {
      const bound = await bind(request, to, dialler, of);
      for (const each of bound) {
        const { address, forwarding } = each;
        open.push(each);
        const { containerPort, protocol } = request;
        ports.push({ containerPort, protocol, hostIp: address, hostPort: forwarding.hostPort });
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  const lead = (next: ContainerAddress): void => {
    for (const { address, target } of open) target.ips = targetsOf(address, next);
  };
  return { ports, lead, [Symbol.asyncDispose]: close };
}

interface Bound {
  readonly address: string;
  readonly target: ForwardTarget;
  readonly forwarding: Forwarding;
}

/** One request on all its addresses; the same port on each. */
async function bind(request: PortRequest, to: ContainerAddress, dialler: Dialler, of: EndpointName): Promise<Bound[]> {
  const { hostPort: first, lastHostPort: last = first } = request;
  for (let attempt = 1; ; attempt++) {
    const hostPort = first === 0 ? 0 : first + attempt - 1;
    const bound: Bound[] = [];
    try {
      return await bindAll({ ...request, hostPort }, to, dialler, of, bound);
    } catch (error) {
      await Promise.all(bound.map(({ forwarding }) => forwarding[Symbol.asyncDispose]()));
      if (!(error instanceof EngineError) || error.code !== 'port-taken') throw error;
      // A random port may be taken on the second address.
      if (first === 0 ? bound.length === 0 || attempt === ATTEMPTS : last === first) throw error;
      if (first !== 0 && hostPort === last) throw rangeTaken(error, request, of);
    }
  }
}

/** As far as it comes, `bound` says what is bound. */
async function bindAll(
  request: PortRequest,
  to: ContainerAddress,
  dialler: Dialler,
  of: EndpointName,
  bound: Bound[],
): Promise<Bound[]> {
  for (const address of request.hostIp === '' ? ['0.0.0.0', '::'] : [request.hostIp]) {
    const hostPort = bound[0]?.forwarding.hostPort ?? request.hostPort;
    const target = { ips: targetsOf(address, to), port: request.containerPort };
    const forwarding = await listen({ ...request, hostPort }, address, target, dialler, of);
    if (forwarding !== undefined) bound.push({ address, target, forwarding });
  }
  return bound;
}

async function listen(
  port: PortRequest,
  address: string,
  target: ForwardTarget,
  dialler: Dialler,
  of: EndpointName,
): Promise<Forwarding | undefined> {
  try {
    return port.protocol === 'tcp'
      ? await listenTcp(address, port.hostPort, target, dialler)
      : await listenUdp(address, port.hostPort, target, dialler);
  } catch (error) {
    // A host without IPv6 publishes on IPv4 alone, as Docker does.
    if (address === '::' && port.hostIp === '' && hasErrno(error, 'EAFNOSUPPORT', 'EADDRNOTAVAIL')) return undefined;
    throw portError(error, port, address, of);
  }
}

/** The container's addresses, that of the client's IP version first: a program may listen on one of them only. */
function targetsOf(address: string, to: ContainerAddress): readonly string[] {
  const ips = ipsOf(to);
  return address.includes(':') ? ips.toReversed() : ips;
}
