import type { DiffId, Digest } from '../../core/image/digest.ts';
import { isKind } from '../errors.ts';
import type { ImageStore } from '../images/image-store.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { UnfinishedPull, UnfinishedPulls } from './unfinished-pulls.ts';

export interface PulledBlobsOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  readonly unfinished: UnfinishedPulls;
  /** Milliseconds for which what an unfinished pull brought is kept. */
  readonly keepFor: number;
  /** Told what went wrong where nobody waits for it. */
  readonly warn: (message: string, error: unknown) => void;
}

/** What a pull works with. */
export interface PullWork {
  /** Digest of the manifest. */
  readonly manifest: Digest;
  /** All blobs, the manifest and the config among them. */
  readonly blobs: readonly Digest[];
}

/**
 * Decides which blobs of pulls stay. What a broken or cancelled pull brought is kept for a while; what came with damaged
 * content goes at once. Made before the images are recovered, so that what an earlier daemon kept stays, too.
 */
export class PulledBlobs implements Disposable {
  /** What keeps blobs and layers of unfinished pulls from being removed. */
  readonly #kept = new Map<Digest, Disposable>();
  readonly #timers = new Map<Digest, NodeJS.Timeout>();

  constructor(private readonly options: PulledBlobsOptions) {
    for (const [manifest, pull] of options.unfinished.all()) {
      this.#keep(manifest, { ...pull, layers: this.#arrived(pull.layers) });
      this.#expireLater(manifest, Math.max(0, pull.since + options.keepFor - Date.now()));
    }
  }

  /** Does the work of a pull; it says which layers the image has as soon as it knows. */
  async during<T>(
    work: PullWork,
    pull: (begin: (layers: readonly DiffId[]) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const { images, blobs, unfinished } = this.options;
    const { manifest } = work;
    // None of what it is made of may go before it is whole.
    const pin = blobs.pin(work.blobs);
    let held: Disposable | undefined;
    let begun: UnfinishedPull | undefined;
    try {
      const done = await pull(async (layers) => {
        held = images.hold(layers);
        begun = { layers, blobs: work.blobs, since: Date.now() };
        this.#keep(manifest, begun);
        this.#stopTimer(manifest);
        await unfinished.begin(manifest, begun);
      });
      await this.#forget(manifest);
      return done;
    } catch (error) {
      held?.[Symbol.dispose]();
      if (begun !== undefined && mayGoOn(error) && this.options.keepFor > 0) {
        this.#expireLater(manifest, this.options.keepFor);
      } else if (begun !== undefined) {
        await this.#forget(manifest);
        await images.discard(begun.layers);
      }
      throw error;
    } finally {
      held?.[Symbol.dispose]();
      pin[Symbol.dispose]();
      await images.collect(work.blobs);
    }
  }

  [Symbol.dispose](): void {
    for (const manifest of [...this.#timers.keys()]) this.#stopTimer(manifest);
    for (const kept of this.#kept.values()) kept[Symbol.dispose]();
    this.#kept.clear();
  }

  #keep(manifest: Digest, { layers, blobs }: UnfinishedPull): void {
    const pin = this.options.blobs.pin(blobs);
    const held = this.options.images.hold(layers);
    const before = this.#kept.get(manifest);
    this.#kept.set(manifest, {
      [Symbol.dispose]() {
        pin[Symbol.dispose]();
        held[Symbol.dispose]();
      },
    });
    before?.[Symbol.dispose]();
  }

  /** The layers up to the one of which a crash left its files without its record: those are unpacked anew. */
  #arrived(layers: readonly DiffId[]): readonly DiffId[] {
    const missing = layers.findIndex((diffId) => this.options.images.layer(diffId) === undefined);
    return missing < 0 ? layers : layers.slice(0, missing);
  }

  async #forget(manifest: Digest): Promise<void> {
    this.#stopTimer(manifest);
    await this.options.unfinished.end(manifest);
    this.#kept.get(manifest)?.[Symbol.dispose]();
    this.#kept.delete(manifest);
  }

  #expireLater(manifest: Digest, delay: number): void {
    this.#stopTimer(manifest);
    const expire = (): void => {
      this.#expire(manifest).catch((error) =>
        this.options.warn('cannot remove what an unfinished pull brought', error),
      );
    };
    this.#timers.set(manifest, setTimeout(expire, delay).unref());
  }

  #stopTimer(manifest: Digest): void {
    clearTimeout(this.#timers.get(manifest));
    this.#timers.delete(manifest);
  }

  async #expire(manifest: Digest): Promise<void> {
    const { unfinished, images } = this.options;
    const pull = unfinished.get(manifest);
    await this.#forget(manifest);
    if (pull === undefined) return;
    await images.discard(pull.layers);
    await images.collect(pull.blobs);
  }
}

/** Whether another attempt may bring the rest: the content is as it should be, as far as it came. */
function mayGoOn(error: unknown): boolean {
  return isKind(error, 'cancelled') || (isKind(error, 'unavailable') && error.code !== 'blob-truncated');
}
