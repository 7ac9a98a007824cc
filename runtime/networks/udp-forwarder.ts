import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import type { Dialler, Forwarding, ForwardTarget } from './port-forwarder.ts';

/** How long a client's port stays its own after the last datagram, as in Docker's proxy. */
const IDLE = 90_000;
/** More clients than this at one time, and the oldest one loses its place. */
const MAX_CLIENTS = 1024;

interface Client {
  /** Of the container, when the client came. */
  readonly ip: string;
  readonly socket: Promise<Socket>;
  timer: NodeJS.Timeout;
}

/** Passes datagrams on: one socket towards the container for each client, so that answers find their way back. */
export async function listenUdp(
  address: string,
  port: number,
  target: ForwardTarget,
  dialler: Dialler,
): Promise<Forwarding> {
  const server = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', ipv6Only: isIPv6(address) });
  const clients = new Map<string, Client>();
  const drop = (key: string): void => {
    const client = clients.get(key);
    if (client === undefined) return;
    clients.delete(key);
    clearTimeout(client.timer);
    client.socket.then(
      (socket) => socket.close(),
      () => {},
    );
  };
  const serve = (key: string, to: { readonly port: number; readonly address: string }, ip: string): Client => {
    const oldest = clients.size >= MAX_CLIENTS ? clients.keys().next().value : undefined;
    if (oldest !== undefined) drop(oldest);
    const socket = dialler.udp(ip).then((made) => {
      made.on('message', (answer) => server.send(answer, to.port, to.address));
      made.on('error', () => drop(key));
      return made;
    });
    const client = { ip, socket, timer: setTimeout(() => drop(key), IDLE).unref() };
    clients.set(key, client);
    return client;
  };
  server.on('message', (datagram, from) => {
    const key = `${from.address}:${from.port}`;
    const [ip = ''] = target.ips;
    if (clients.get(key)?.ip !== ip) drop(key);
    const client = clients.get(key) ?? serve(key, from, ip);
    client.timer.refresh();
    client.socket.then(
      // A datagram that cannot be sent is lost, as datagrams are.
      (socket) => socket.send(datagram, target.port, ip, () => {}),
      () => drop(key),
    );
  });
  server.bind({ address, port });
  await once(server, 'listening');
  server.on('error', () => {});
  return {
    hostPort: server.address().port,
    async [Symbol.asyncDispose]() {
      for (const key of [...clients.keys()]) drop(key);
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
