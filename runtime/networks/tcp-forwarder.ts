import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Dialler, Forwarding, ForwardTarget } from './port-forwarder.ts';

/** Passes TCP connections on, each direction with its own end and at its reader's speed. */
export async function listenTcp(
  address: string,
  port: number,
  target: ForwardTarget,
  dialler: Dialler,
): Promise<Forwarding> {
  const open = new Set<Socket>();
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => open.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    keep(client);
    client.on('error', () => client.destroy());
    dialFirst(target, dialler).then(
      (container) => {
        keep(container);
        join(client, container);
      },
      // Nobody listens in the container: the client learns it as it would from the container itself.
      () => client.resetAndDestroy(),
    );
  });
  server.listen({ host: address, port, ipv6Only: address.includes(':') });
  await once(server, 'listening');
  return {
    hostPort: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** A connection to the first address where somebody listens. */
async function dialFirst({ ips, port }: ForwardTarget, dialler: Dialler): Promise<Socket> {
  let failure: unknown;
  for (const ip of ips) {
    try {
      return await dialler.tcp(ip, port);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Both ways until both have ended; a broken side breaks the other. */
function join(client: Socket, container: Socket): void {
  if (client.destroyed) {
    container.destroy();
    return;
  }
  for (const [from, to] of [
    [client, container],
    [container, client],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => {
      if (!from.readableEnded) to.destroy();
    });
    from.pipe(to);
  }
}
