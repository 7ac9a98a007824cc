import type { ChainId } from '../../core/image/digest.ts';
import { discard } from './layout.ts';
import type { UnpackedLayer } from './snapshotter.ts';

/** A layer's files in a folder of nobody's, until it is known which layer they are. */
export class UnpackedFolder implements UnpackedLayer {
  /** `used` keeps what the layer stands on; `add` makes the folder a committed snapshot, or removes it. */
  constructor(
    private readonly folder: string,
    private readonly used: Disposable,
    private readonly add: (chain: ChainId) => Promise<unknown>,
  ) {}

  async commit(chain: ChainId): Promise<void> {
    await this.add(chain);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.used[Symbol.dispose]();
    // Nothing is there any more where it was committed.
    await discard(this.folder);
  }
}
