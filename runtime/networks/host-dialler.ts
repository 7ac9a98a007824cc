import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';
import type { Dialler } from './port-forwarder.ts';

/** Connects from the daemon's own network namespace, which the bridges are part of. */
export const hostDialler: Dialler = {
  async tcp(ip, port) {
    const socket = connect({ host: ip, port, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  },
  async udp(ip) {
    const socket = createSocket(isIPv6(ip) ? 'udp6' : 'udp4');
    socket.bind(0);
    await once(socket, 'listening');
    return socket;
  },
};
