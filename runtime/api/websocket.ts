import { createHash } from 'node:crypto';
import { Duplex } from 'node:stream';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
/** Bytes of one frame that a client may send. */
const MOST = 1 << 20;

/** The answer to a client's key (RFC 6455, 4.2.2). */
export function websocketAccept(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/**
 * A client's websocket as a plain stream: what it sends in text or binary frames, and what is written, in binary ones
 * (RFC 6455). A frame that breaks the rules ends the connection.
 */
export function websocketStream(socket: Duplex): Duplex {
  let received = Buffer.alloc(0);
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.write(frameOf(Opcode.binary, chunk), done),
    final(done) {
      socket.end(frameOf(Opcode.close, Buffer.alloc(0)));
      done();
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const take = (): void => {
    for (let frame = parseFrame(received); frame !== undefined; frame = parseFrame(received)) {
      if (frame === 'broken') return void stream.destroy();
      received = received.subarray(frame.length);
      if (frame.opcode === Opcode.close) stream.push(null);
      else if (frame.opcode === Opcode.ping) socket.write(frameOf(Opcode.pong, frame.payload));
      else if (frame.opcode <= Opcode.binary && frame.payload.length > 0 && !stream.push(frame.payload)) socket.pause();
    }
  };
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    take();
  });
  socket.on('end', () => stream.push(null));
  socket.on('close', () => stream.destroy());
  socket.on('error', () => stream.destroy());
  // What could not be written any more is known by the stream's 'close', whoever writes to it at the moment.
  return stream.on('error', () => undefined);
}

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  /** Of the whole frame, bytes. */
  readonly length: number;
}

/** The first frame; undefined where it is not all there yet. */
function parseFrame(data: Buffer): Frame | 'broken' | undefined {
  if (data.length < 2) return undefined;
  const [first = 0, second = 0] = data;
  // Clients must mask what they send, and nothing reserved may be set.
  if ((second & 0x80) === 0 || (first & 0x70) !== 0) return 'broken';
  const short = second & 0x7f;
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (data.length < 2 + extra) return undefined;
  const size = extra === 0 ? short : extra === 2 ? data.readUInt16BE(2) : Number(data.readBigUInt64BE(2));
  if (size > MOST) return 'broken';
  const start = 2 + extra + 4;
  if (data.length < start + size) return undefined;
  const mask = data.subarray(start - 4, start);
  const payload = Buffer.from(data.subarray(start, start + size)).map((byte, index) => byte ^ mask[index % 4]!);
  return { opcode: first & 0x0f, payload: Buffer.from(payload), length: start + size };
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  if (head.length === 2) head[1] = length;
  else if (head.length === 4) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}
