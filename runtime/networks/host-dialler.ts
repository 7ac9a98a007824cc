import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Dialler } from './port-forwarder.ts';

/** Connects from the daemon's own network namespace, which the bridges are part of. */
export const hostDialler: Dialler = {
  async tcp(ip, port) {
    const socket = connect({ host: ip, port, allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  },
  async udp() {
    const socket = createSocket('udp4');
    socket.bind(0);
    await once(socket, 'listening');
    return socket;
  },
};
