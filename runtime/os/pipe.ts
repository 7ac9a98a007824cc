import { close, fchown } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import koffi from 'koffi';
import { internal } from '../errors.ts';

const libc = koffi.load(null);
const pipe2 = libc.func('int pipe2(_Out_ int *fds, int flags)');
const socketpair = libc.func('int socketpair(int domain, int type, int protocol, _Out_ int *fds)');
const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const O_CLOEXEC = 0o2000000;

/** Two ends of a pipe as bare file descriptors, closed on exec. */
export interface PipeEnds {
  readonly read: number;
  readonly write: number;
}

/**
 * A real pipe: Node's own `stdio: 'pipe'` is a socket pair, which a program cannot open again through `/dev/stdout`.
 */
export function openPipe(): PipeEnds {
  const fds = [-1, -1];
  if (pipe2(fds, O_CLOEXEC) !== 0) {
    throw internal({ code: 'pipe-failed', message: `cannot make a pipe: errno ${koffi.errno()}` });
  }
  return { read: fds[0]!, write: fds[1]! };
}

/** Two connected unix sockets as bare file descriptors, closed on exec. */
export function openSocketPair(): readonly [number, number] {
  const fds: [number, number] = [-1, -1];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) !== 0) {
    throw internal({ code: 'socket-pair-failed', message: `cannot make two sockets: errno ${koffi.errno()}` });
  }
  return fds;
}

/** Reads a pipe's end; the stream owns the descriptor. */
export function readPipe(fd: number): Readable {
  return new Socket({ fd, readable: true, writable: false });
}

/** Writes to a pipe's end; the stream owns the descriptor. A reader that has gone makes writes end silently. */
export function writePipe(fd: number): Writable {
  const socket = new Socket({ fd, readable: false, writable: true });
  // EPIPE says that the process no longer reads: what it has not read is lost, as in a shell's pipeline.
  socket.on('error', () => socket.destroy());
  // A pipe knows no half-close: its end is the closing of the descriptor.
  socket.on('finish', () => socket.destroy());
  return socket;
}

/** Closes a bare descriptor. */
export const closeFd: (fd: number) => Promise<void> = promisify(close);

/** Gives a pipe to a user, so that a program that runs as that user can open `/dev/stdout`. */
export const chownFd: (fd: number, uid: number, gid: number) => Promise<void> = promisify(fchown);
