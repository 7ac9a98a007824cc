import { Transform, type TransformCallback, type Writable } from 'node:stream';

const HEADER = 8;

/** Takes the multiplexed stream of a container without a tty apart (Docker Engine API, ContainerAttach, Stream format). */
export class FrameReader extends Transform {
  #kept = Buffer.alloc(0);

  constructor(
    private readonly stdout: Writable,
    private readonly stderr: Writable,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    let data = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    let isFull = false;
    while (data.length >= HEADER) {
      const size = data.readUInt32BE(4);
      if (data.length < HEADER + size) break;
      const target = data[0] === 2 ? this.stderr : this.stdout;
      isFull = !target.write(data.subarray(HEADER, HEADER + size)) && target === this.stdout;
      data = data.subarray(HEADER + size);
    }
    this.#kept = Buffer.from(data);
    if (isFull) this.stdout.once('drain', done);
    else done();
  }
}
