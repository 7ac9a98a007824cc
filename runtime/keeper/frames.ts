/** What a keeper tells the daemon (src/link.h). */
export type KeeperFrame = 'hello' | 'command' | 'running' | 'stdout' | 'stderr' | 'taken' | 'ended';
/** What the daemon tells a keeper. */
export type DaemonFrame = 'input' | 'close' | 'resize' | 'adopt' | 'listen' | 'abandon' | 'entry';

const FROM_KEEPER: Readonly<Record<string, KeeperFrame>> = {
  H: 'hello',
  D: 'command',
  R: 'running',
  O: 'stdout',
  E: 'stderr',
  K: 'taken',
  X: 'ended',
};
const TO_KEEPER = {
  input: 'I',
  close: 'C',
  resize: 'W',
  adopt: 'P',
  listen: 'S',
  abandon: 'Q',
  entry: 'N',
} satisfies Record<DaemonFrame, string>;

const HEADER = 8;
/** Most bytes of one frame. */
export const MOST = 64 * 1024;

/** One frame to a keeper: bytes, or 32-bit numbers. */
export function keeperFrame(type: DaemonFrame, body: Uint8Array | readonly number[] = []): Buffer {
  const bytes = body instanceof Uint8Array ? body : numbers(body);
  const frame = Buffer.alloc(HEADER + bytes.length);
  frame.writeUInt32LE(bytes.length, 0);
  frame.writeUInt32LE(TO_KEEPER[type].charCodeAt(0), 4);
  frame.set(bytes, HEADER);
  return frame;
}

function numbers(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

/** Puts a keeper's frames together from the pieces in which a socket gives them. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole now. Throws where a frame is none of a keeper's. */
  *push(chunk: Buffer): Generator<{ readonly type: KeeperFrame; readonly body: Buffer }> {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const length = bytes.readUInt32LE(at);
      const type = FROM_KEEPER[String.fromCharCode(bytes.readUInt32LE(at + 4))];
      if (type === undefined || length > MOST) throw new RangeError('no frame of a keeper');
      if (bytes.length - at - HEADER < length) break;
      yield { type, body: bytes.subarray(at + HEADER, at + HEADER + length) };
      at += HEADER + length;
    }
    this.#rest = bytes.subarray(at);
  }
}
