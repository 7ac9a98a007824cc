import type { Digest } from '../../core/image/digest.ts';
import { UseCounts } from './use-counts.ts';

/** Keeps blobs from being deleted, those that are there and those that are still to come, until it is disposed. */
export interface BlobPin extends Disposable {
  /** What it keeps. */
  readonly digests: ReadonlySet<Digest>;
  add(digest: Digest): void;
}

/** Who keeps which blobs. */
export class BlobPins {
  readonly #counts = new UseCounts<Digest>();

  has(digest: Digest): boolean {
    return this.#counts.has(digest);
  }

  /** A new pin of these digests. */
  pin(digests: Iterable<Digest>): BlobPin {
    const counts = this.#counts;
    const pinned = new Set<Digest>();
    let released = false;
    const pin: BlobPin = {
      digests: pinned,
      add(digest) {
        if (released || pinned.has(digest)) return;
        pinned.add(digest);
        counts.add([digest]);
      },
      [Symbol.dispose]() {
        if (released) return;
        released = true;
        counts.remove(pinned);
      },
    };
    for (const digest of digests) pin.add(digest);
    return pin;
  }
}
