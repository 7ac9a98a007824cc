import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { Socket } from 'node:net';
import { connect, isIPv6 } from 'node:net';
import { ipBytes, ipText } from '../../os/ip-bytes.ts';
import type { Dialler } from '../port-forwarder.ts';

/** A name server that questions are passed on to. */
export interface Upstream {
  readonly address: string;
  /** Over the containers' own networks, rather than from the host. */
  readonly dialler: Dialler | undefined;
}

const PORT = 53;
/** Milliseconds in which a server answers, or the next one is asked. */
const PATIENCE = 4000;
const LARGEST = 65_535;

/** Asks one server after the other; undefined where none answers. */
export async function forwardUdp(query: Buffer, upstreams: readonly Upstream[]): Promise<Buffer | undefined> {
  for (const upstream of upstreams) {
    const answer = await askUdp(query, upstream);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** The same for answers that are too long for a datagram. */
export async function forwardTcp(query: Buffer, upstreams: readonly Upstream[]): Promise<Buffer | undefined> {
  for (const upstream of upstreams) {
    const answer = await askTcp(query, upstream);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

async function askUdp(query: Buffer, { address, dialler }: Upstream): Promise<Buffer | undefined> {
  const socket: UdpSocket =
    dialler === undefined ? createSocket(isIPv6(address) ? 'udp6' : 'udp4') : await dialler.udp(address);
  return new Promise((resolve) => {
    const done = (answer: Buffer | undefined): void => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    const timer = setTimeout(done, PATIENCE, undefined);
    socket.once('error', () => done(undefined));
    socket.on('message', (answer, from) => {
      // Only the server that was asked, and only about what was asked.
      const isAnswer = isSame(from.address, address) && from.port === PORT && answer.length >= 12;
      if (isAnswer && answer.readUInt16BE(0) === query.readUInt16BE(0)) done(answer);
    });
    socket.send(query, PORT, address, (error) => {
      if (error) done(undefined);
    });
  });
}

async function askTcp(query: Buffer, { address, dialler }: Upstream): Promise<Buffer | undefined> {
  let socket: Socket;
  try {
    socket = dialler === undefined ? connect(PORT, address) : await dialler.tcp(address, PORT);
  } catch {
    // Nobody is there: the next one is asked.
    return undefined;
  }
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const done = (answer: Buffer | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(done, PATIENCE, undefined);
    socket.once('error', () => done(undefined));
    socket.once('close', () => done(undefined));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length >= 2 ? received.readUInt16BE(0) : LARGEST;
      if (received.length >= length + 2) done(received.subarray(2, length + 2));
    });
    socket.write(withLength(query));
  });
}

/** Whether two ways to write an address mean one. */
function isSame(one: string, other: string): boolean {
  const canonical = (address: string): string => (address.includes('%') ? address : ipText(ipBytes(address)));
  return one === other || canonical(one) === canonical(other);
}

/** A message as it goes over a stream. */
export function withLength(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}
