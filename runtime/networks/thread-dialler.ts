import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { isIPv6, Socket } from 'node:net';
import koffi from 'koffi';
import { unavailable } from '../errors.ts';
import { socketAddress } from '../os/socket-address.ts';
import type { NetworkThread } from './network-thread.ts';
import type { Dialler } from './port-forwarder.ts';

const libc = koffi.load(null);
const connect = libc.func('int connect(int fd, const uint8_t *address, uint32_t length)');
const setsockopt = libc.func('int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)');
const [SOL_SOCKET, SO_SNDTIMEO] = [1, 21];
const CONNECT_SECONDS = 10n;

/** Connects through sockets that the network thread makes in its own namespace: a socket stays where it was made. */
export function threadDialler(thread: NetworkThread): Dialler {
  return {
    async tcp(ip, port) {
      const fd = await thread.call('openSocket', 'stream', ip);
      await connectFd(fd, ip, port);
      return new Socket({ fd, allowHalfOpen: true });
    },
    async udp(ip) {
      const fd = await thread.call('openSocket', 'datagram', ip);
      const socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4');
      const listening = once(socket, 'listening');
      // Over a descriptor, the event comes at once.
      socket.bind({ fd });
      await listening;
      return socket;
    },
  };
}

/** connect(2) on a thread of koffi's pool; closes the descriptor where it fails. */
async function connectFd(fd: number, ip: string, port: number): Promise<void> {
  const timeout = Buffer.alloc(16);
  timeout.writeBigInt64LE(CONNECT_SECONDS, 0);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, timeout, timeout.length);
  const address = socketAddress(ip, port);
  const failed = await new Promise<boolean>((resolve) => {
    connect.async(fd, address, address.length, (error: Error | null, result: number) =>
      resolve(error !== null || result !== 0),
    );
  });
  if (!failed) return;
  closeSync(fd);
  throw unavailable({
    code: 'container-refused',
    message: `nothing listens on ${isIPv6(ip) ? `[${ip}]` : ip}:${port}`,
    subject: ip,
  });
}
