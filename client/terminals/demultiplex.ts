/** Which of a container's streams a frame belongs to. */
export type StreamName = 'stdin' | 'stdout' | 'stderr';

const NAMES: readonly StreamName[] = ['stdin', 'stdout', 'stderr'];
const HEADER = 8;

/** Takes apart `application/vnd.docker.multiplexed-stream` (Docker Engine API, ContainerAttach): frames of `[stream, 0, 0, 0, size]` and bytes. */
export class Demultiplexer {
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly onData: (data: Buffer, stream: StreamName) => void) {}

  /** Takes the next chunk, however it is cut. */
  write(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER) {
      const end = HEADER + this.#rest.readUInt32BE(4);
      if (this.#rest.length < end) return;
      this.onData(this.#rest.subarray(HEADER, end), NAMES[this.#rest[0] ?? 1] ?? 'stdout');
      this.#rest = this.#rest.subarray(end);
    }
  }
}
