import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { ipBytes } from '../../os/ip-bytes.ts';
import { forwardTcp, forwardUdp, type Upstream, withLength } from './forward.ts';
import {
  encodeAnswer,
  nameData,
  parseQuestion,
  type Question,
  RecordType,
  ResponseCode,
  reversedAddress,
} from './message.ts';

/** What one container's name server knows. */
export interface Names {
  /** IPv4 and IPv6 addresses of a name on the container's networks; undefined for a name that is nobody's there. */
  addressesOf(name: string): readonly string[] | undefined;
  nameOf(address: string): string | undefined;
  /** Servers for all other names; none where the container reaches nothing outside. */
  upstreams(): readonly Upstream[];
}

/** Sockets at a container's 127.0.0.11:53, as descriptors. */
export interface NameServerSockets {
  readonly datagram: number;
  readonly stream: number;
}

/** Questions of one container that are passed on at a time; further ones are lost, as datagrams are. */
const MOST_FORWARDED = 256;
/** Connections of one container at a time, and milliseconds in which one has to ask. */
const MOST_CONNECTIONS = 32;
const IDLE = 10_000;
/** Bytes of an address, by the type of record that is asked for. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [RecordType.A, 4],
  [RecordType.AAAA, 16],
]);

/** Answers one container's questions until it is disposed of. */
export async function serveNames({ datagram, stream }: NameServerSockets, names: Names): Promise<AsyncDisposable> {
  const forwarded = { count: 0 };
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    answer(query, names, forwarded, forwardUdp).then(
      (message) => message && udp.send(message, from.port, from.address, () => undefined),
      () => undefined,
    );
  });
  udp.on('error', () => undefined);
  const listening = once(udp, 'listening');
  udp.bind({ fd: datagram });
  await listening;
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    converse(socket, names, forwarded).catch(() => socket.destroy());
  });
  tcp.maxConnections = MOST_CONNECTIONS;
  tcp.on('error', () => undefined);
  await new Promise<void>((resolve) => tcp.listen({ fd: stream }, resolve));
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await Promise.all([closed(tcp), closed(udp)]);
    },
  };
}

async function closed(server: Server | UdpSocket): Promise<void> {
  const done = once(server, 'close');
  server.close();
  await done;
}

async function converse(socket: Socket, names: Names, forwarded: { count: number }): Promise<void> {
  socket.setTimeout(IDLE, () => socket.destroy());
  let received = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= received.readUInt16BE(0) + 2) {
      const end = received.readUInt16BE(0) + 2;
      const message = await answer(received.subarray(2, end), names, forwarded, forwardTcp);
      received = received.subarray(end);
      if (message === undefined) return void socket.destroy();
      socket.write(withLength(message));
    }
  }
}

async function answer(
  query: Buffer,
  names: Names,
  forwarded: { count: number },
  forward: typeof forwardUdp,
): Promise<Buffer | undefined> {
  const question = parseQuestion(query);
  if (question === undefined) return undefined;
  const own = ownAnswer(question, names);
  if (own !== undefined) return own;
  const upstreams = names.upstreams();
  if (upstreams.length === 0) return encodeAnswer(question, ResponseCode.nameError);
  if (forwarded.count >= MOST_FORWARDED) return undefined;
  forwarded.count += 1;
  try {
    return (await forward(query, upstreams)) ?? encodeAnswer(question, ResponseCode.serverFailure);
  } finally {
    forwarded.count -= 1;
  }
}

function ownAnswer(question: Question, names: Names): Buffer | undefined {
  if (question.type === RecordType.PTR) {
    const address = reversedAddress(question.name);
    const name = address === undefined ? undefined : names.nameOf(address);
    return name === undefined ? undefined : encodeAnswer(question, ResponseCode.ok, [nameData(name)]);
  }
  const addresses = names.addressesOf(question.name);
  if (addresses === undefined) return undefined;
  // A neighbour has no other addresses, which is no reason to ask elsewhere.
  const shown = addresses.map(ipBytes).filter(({ length }) => length === LENGTHS.get(question.type));
  return encodeAnswer(question, ResponseCode.ok, shuffled(shown));
}

/** In another order each time, so that those who share an alias share the load. */
function shuffled(addresses: readonly Buffer[]): Buffer[] {
  const start = Math.floor(Math.random() * addresses.length);
  return [...addresses.slice(start), ...addresses.slice(0, start)];
}
