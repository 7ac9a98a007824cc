import type { Readable } from 'node:stream';
import type { ChainId } from '../../core/image/digest.ts';

/** Lets one layer be applied once, however many ask for it at the same time. */
export class ApplyOnce {
  readonly #running = new Map<ChainId, Promise<void>>();

  /** Calls `apply` unless the layer is there or on its way; who only waits has its archive let go. */
  async run(chain: ChainId, archive: Readable, isThere: () => boolean, apply: () => Promise<void>): Promise<void> {
    const running = this.#running.get(chain);
    if (running !== undefined || isThere()) {
      archive.destroy();
      return running;
    }
    const applying = apply().finally(() => this.#running.delete(chain));
    this.#running.set(chain, applying);
    return applying;
  }
}
