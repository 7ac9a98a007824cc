import { PassThrough } from 'node:stream';

/** One reader's copy of a layer's bytes. A reader that has enough of it, and closes it, holds up nobody. */
export class LayerCopy extends PassThrough {
  constructor() {
    super({ highWaterMark: 1 << 20 });
    // Who reads it is told; after that nobody need be.
    this.on('error', () => undefined);
  }

  /** Writes, and waits until there is room for more. */
  async put(chunk: Buffer): Promise<void> {
    if (this.destroyed || this.write(chunk)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.off('drain', done).off('close', done);
        resolve();
      };
      this.on('drain', done).on('close', done);
    });
  }
}
