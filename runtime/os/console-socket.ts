import { open, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import koffi from 'koffi';
import { internal } from '../errors.ts';

const libc = koffi.load(null);
const socket = libc.func('int socket(int domain, int type, int protocol)');
const bind = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)');
const listen = libc.func('int listen(int fd, int backlog)');
const accept4 = libc.func('int accept4(int fd, void *address, void *length, int flags)');
const close = libc.func('int close(int fd)');
const iovec = koffi.struct({ base: 'void *', length: 'size_t' });
const msghdr = koffi.struct({
  name: 'void *',
  nameLength: 'uint32_t',
  iov: koffi.pointer(iovec),
  iovLength: 'size_t',
  control: 'void *',
  controlLength: 'size_t',
  flags: 'int',
});
const sendmsg = libc.func('sendmsg', 'int64_t', ['int', koffi.pointer(msghdr), 'int']);
const connect = libc.func('int connect(int fd, const uint8_t *address, uint32_t length)');
const recvmsg = libc.func('recvmsg', 'int64_t', ['int', koffi.inout(koffi.pointer(msghdr)), 'int']);

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;
/** `struct cmsghdr` on 64-bit machines: length, level, type. */
const CMSG_HEADER = 16;

/**
 * A unix socket over which an OCI runtime sends the master side of a terminal (runc's `--console-socket`). Everything
 * that `receive` needs is already in the kernel once the runtime has ended, so that nothing ever blocks.
 */
export class ConsoleSocket {
  #fd: number;

  private constructor(
    readonly path: string,
    fd: number,
  ) {
    this.#fd = fd;
  }

  /** Listens on a path whose folder exists. The path may be longer than the 107 bytes that an address holds. */
  static async listen(path: string): Promise<ConsoleSocket> {
    const folder = await open(dirname(path), 'r');
    try {
      const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      const short = `/proc/self/fd/${folder.fd}/${basename(path)}`;
      const address = Buffer.alloc(110);
      address.writeUInt16LE(AF_UNIX, 0);
      address.write(short, 2, 107, 'utf8');
      if (fd < 0 || bind(fd, address, 3 + Buffer.byteLength(short)) !== 0 || listen(fd, 1) !== 0) {
        const errno = koffi.errno();
        if (fd >= 0) close(fd);
        throw internal({ code: 'console-socket-failed', message: `cannot listen on ${path}: errno ${errno}` });
      }
      return new ConsoleSocket(path, fd);
    } finally {
      await folder.close();
    }
  }

  /** The descriptor that the runtime has sent; the caller owns it. */
  receive(): number {
    const connection = accept4(this.#fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0) {
      throw internal({ code: 'console-missing', message: 'the runtime sent no terminal over its console socket' });
    }
    try {
      return receiveFd(connection);
    } finally {
      close(connection);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#fd >= 0) close(this.#fd);
    this.#fd = -1;
    await rm(this.path, { force: true });
  }
}

/** Takes one descriptor out of the next message of a connected unix socket, without waiting. */
function receiveFd(connection: number): number {
  const data = koffi.alloc('uint8_t', 4096);
  const control = koffi.alloc('uint8_t', 64);
  try {
    const header = {
      name: null,
      nameLength: 0,
      iov: [{ base: data, length: 4096 }],
      iovLength: 1,
      control,
      controlLength: 64,
      flags: 0,
    };
    const received = Number(recvmsg(connection, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
    const bytes = Buffer.from(koffi.view(control, 64));
    if (
      received < 0 ||
      Number(bytes.readBigUInt64LE(0)) < CMSG_HEADER + 4 ||
      bytes.readInt32LE(8) !== SOL_SOCKET ||
      bytes.readInt32LE(12) !== SCM_RIGHTS
    ) {
      throw internal({ code: 'console-missing', message: 'the runtime sent a message without a terminal' });
    }
    return bytes.readInt32LE(CMSG_HEADER);
  } finally {
    koffi.free(data);
    koffi.free(control);
  }
}

/** Connects to a console socket, whose path is at most 107 bytes long; gives the descriptor. */
export function connectConsole(path: string): number {
  const fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const address = Buffer.alloc(110);
  address.writeUInt16LE(AF_UNIX, 0);
  address.write(path, 2, 107, 'utf8');
  if (fd < 0 || connect(fd, address, 3 + Buffer.byteLength(path)) !== 0) {
    throw internal({ code: 'console-socket-failed', message: `cannot connect to ${path}: errno ${koffi.errno()}` });
  }
  return fd;
}

/** Sends a descriptor over a connected console socket, and closes the connection. */
export function sendConsole(connection: number, fd: number): void {
  const data = koffi.alloc('uint8_t', 1);
  const control = koffi.alloc('uint8_t', 24);
  const bytes = Buffer.from(koffi.view(control, 24));
  bytes.writeBigUInt64LE(BigInt(CMSG_HEADER + 4), 0);
  bytes.writeInt32LE(SOL_SOCKET, 8);
  bytes.writeInt32LE(SCM_RIGHTS, 12);
  bytes.writeInt32LE(fd, CMSG_HEADER);
  const header = {
    name: null,
    nameLength: 0,
    iov: [{ base: data, length: 1 }],
    iovLength: 1,
    control,
    controlLength: 24,
    flags: 0,
  };
  const sent = Number(sendmsg(connection, header, 0));
  koffi.free(data);
  koffi.free(control);
  close(connection);
  if (sent < 0) throw internal({ code: 'console-missing', message: `cannot send a terminal: errno ${koffi.errno()}` });
}
