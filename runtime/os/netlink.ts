import { constants } from 'node:os';
import { EngineError, internal } from '../errors.ts';
import { libcFunction } from './libc.ts';

const socket = libcFunction('socket', 'int socket(int domain, int type, int protocol)');
const send = libcFunction('send', 'int64_t send(int fd, const uint8_t *data, size_t length, int flags)');
const recv = libcFunction('recv', 'int64_t recv(int fd, _Out_ uint8_t *data, size_t length, int flags)');
const close = libcFunction('close', 'int close(int fd)');

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const HEADER = 16;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;

/** Flags of a request that makes something new. */
export const CREATE_EXCLUSIVE = 0x600;
/** Flags of a request that makes something new, in the place of what there is. */
export const CREATE_OR_REPLACE = 0x500;
/** Flag of a request for a list. */
export const DUMP = 0x300;

/** The kernel's refusal of a netlink request. */
export class NetlinkError extends EngineError {
  /** `EEXIST`, `ENODEV`, … */
  readonly errnoName: string;

  constructor(request: string, errno: number) {
    const errnoName = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
    super(errnoName === 'EPERM' ? 'forbidden' : 'internal', {
      code: 'netlink-refused',
      message: `${request}: ${errnoName}`,
      subject: request,
    });
    this.errnoName = errnoName;
  }
}

/** An attribute (netlink(7)): 16 bits of length and type, a value, padding to 4 bytes. */
export function attribute(type: number, value: Uint8Array | string | number): Buffer {
  const bytes =
    typeof value === 'number' ? uint32(value) : typeof value === 'string' ? Buffer.from(`${value}\0`) : value;
  const out = Buffer.alloc(4 + Math.ceil(bytes.length / 4) * 4);
  out.writeUInt16LE(4 + bytes.length, 0);
  out.writeUInt16LE(type, 2);
  out.set(bytes, 4);
  return out;
}

function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeInt32LE(value | 0);
  return out;
}

/** Attributes of a message by type; of several of one type, the last. */
export function parseAttributes(bytes: Buffer): Map<number, Buffer> {
  const out = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < 4) break;
    out.set(bytes.readUInt16LE(at + 2) & 0x3fff, bytes.subarray(at + 4, at + length));
    at += Math.ceil(length / 4) * 4;
  }
  return out;
}

/**
 * A routing netlink socket (rtnetlink(7)), bound to the network namespace in which the calling thread opens it. The
 * kernel answers while it handles a request, so that nothing here waits.
 */
export class RouteSocket {
  readonly #fd: number;
  #sequence = 0;

  constructor() {
    this.#fd = socket('netlink', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  }

  /** Sends one request; gives the payloads of the answers. `what` is for the error's message. */
  request(what: string, type: number, flags: number, payload: Buffer): Buffer[] {
    const message = Buffer.alloc(HEADER + payload.length);
    const sequence = ++this.#sequence;
    message.writeUInt32LE(message.length, 0);
    message.writeUInt16LE(type, 4);
    message.writeUInt16LE(flags | NLM_F_REQUEST | ((flags & DUMP) === DUMP ? 0 : NLM_F_ACK), 6);
    message.writeUInt32LE(sequence, 8);
    message.set(payload, HEADER);
    send(what, this.#fd, message, message.length, 0);
    return this.#answers(what, sequence);
  }

  #answers(what: string, sequence: number): Buffer[] {
    const answers: Buffer[] = [];
    const buffer = Buffer.alloc(64 * 1024);
    for (;;) {
      const length = recv(what, this.#fd, buffer, buffer.length, 0);
      for (let at = 0; at + HEADER <= length; ) {
        const size = buffer.readUInt32LE(at);
        if (size < HEADER)
          throw internal({ code: 'netlink-garbled', message: `${what}: the kernel's answer is garbled` });
        const type = buffer.readUInt16LE(at + 4);
        if (buffer.readUInt32LE(at + 8) === sequence) {
          if (type === NLMSG_DONE) return answers;
          if (type === NLMSG_ERROR) {
            const errno = -buffer.readInt32LE(at + HEADER);
            if (errno !== 0) throw new NetlinkError(what, errno);
            return answers;
          }
          answers.push(Buffer.from(buffer.subarray(at + HEADER, at + size)));
        }
        at += Math.ceil(size / 4) * 4;
      }
    }
  }

  close(): void {
    close('netlink', this.#fd);
  }
}
