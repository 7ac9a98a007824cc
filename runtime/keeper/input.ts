import { Writable } from 'node:stream';

/** Bytes that a keeper holds for its process. */
const ROOM = 64 * 1024;
/** Most bytes in one frame. */
const PIECE = 16 * 1024;

/** What the input needs of the link. */
export interface InputLink {
  /** Sends a piece to the keeper. */
  send(piece: Buffer): void;
  /** No more input comes. */
  end(): void;
}

/** A process's standard input, by way of its keeper: never more than the keeper has room for is under way. */
export class KeeperInput extends Writable {
  #room = ROOM;
  #waiting: (() => void) | undefined;

  constructor(private readonly link: InputLink) {
    super({ highWaterMark: PIECE });
  }

  /** The keeper has passed on so many bytes. */
  taken(bytes: number): void {
    this.#room += bytes;
    const go = this.#waiting;
    this.#waiting = undefined;
    go?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    let at = 0;
    const go = (): void => {
      while (at < chunk.length) {
        if (this.#room === 0) {
          this.#waiting = go;
          return;
        }
        const piece = chunk.subarray(at, at + Math.min(PIECE, this.#room));
        this.#room -= piece.length;
        at += piece.length;
        this.link.send(piece);
      }
      done();
    };
    go();
  }

  override _final(done: () => void): void {
    this.link.end();
    done();
  }
}
