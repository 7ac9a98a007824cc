import { sha256 } from '../../core/disk/sha256.ts';
import { type ChainId, chainIds, type DiffId } from '../../core/image/digest.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { ImageTable } from './image-table.ts';
import type { LayerFiles } from './layer-listing.ts';
import type { LayerTable } from './layer-table.ts';

export interface SweepGround {
  readonly layers: LayerTable;
  readonly images: ImageTable;
  readonly files: LayerFiles;
  readonly snapshotter: Snapshotter;
  /** Layers that must stay without an image, such as the build cache's. */
  readonly kept: () => Promise<Iterable<DiffId>>;
}

/** Removes layers and snapshots that no image, nobody who holds them and nobody whom the owner named needs. */
export class LayerSweeper {
  /** Stacks of removed images, by their tops, of which something was still in use. */
  readonly #skipped = new Map<ChainId, readonly DiffId[]>();

  constructor(private readonly ground: SweepGround) {}

  /** Whether a sweep has left something that may go by now. */
  get hasSkipped(): boolean {
    return this.#skipped.size > 0;
  }

  /** Removes layers that nothing needs, given as a stack, lowest first; gives the names of the stacks that went. */
  async sweep(stack: readonly DiffId[]): Promise<ChainId[]> {
    const kept = await this.#kept();
    const gone = await this.#sweepStack(stack, kept);
    for (const skipped of [...this.#skipped.values()]) if (skipped !== stack) await this.#sweepStack(skipped, kept);
    return gone;
  }

  /** Removes all layers that nothing needs; gives those that went. */
  async sweepAllLayers(): Promise<Set<DiffId>> {
    const all = [...this.ground.layers.all()].map(({ diffId }) => diffId);
    return this.#sweepLayers(all, await this.#kept());
  }

  /** Removes all snapshots that nothing needs; gives those that went. */
  async sweepAllSnapshots(): Promise<ChainId[]> {
    const { committed } = await this.ground.snapshotter.list();
    const gone: ChainId[] = [];
    // Their order is unknown: what something stands on goes after what stands on it.
    for (let left = committed.filter((chain) => !this.#needsChain(chain)); left.length > 0; ) {
      const now = new Set<ChainId>();
      for (const chain of left) for (const removed of await this.#sweepSnapshots([chain])) now.add(removed);
      if (now.size === 0) break;
      gone.push(...now);
      left = left.filter((chain) => !now.has(chain));
    }
    return gone;
  }

  async #sweepStack(stack: readonly DiffId[], kept: ReadonlySet<DiffId>): Promise<ChainId[]> {
    const chain = chainIds(stack, sha256);
    const snapshots = new Set(await this.#sweepSnapshots(chain));
    const layers = await this.#sweepLayers(stack, kept);
    const top = chain.at(-1);
    if (top !== undefined) {
      if (await this.#isLeft(stack, chain, kept)) this.#skipped.set(top, stack);
      else this.#skipped.delete(top);
    }
    const gone: ChainId[] = [];
    for (const [i, each] of chain.entries()) {
      // A container may stand on it still, of which only what came from outside has gone.
      const isGone = snapshots.has(each) || (layers.has(stack[i]!) && !(await this.ground.snapshotter.has(each)));
      if (isGone) gone.unshift(each);
    }
    return gone;
  }

  /** Whether there is something of a stack that no image needs, but somebody who will not for ever. */
  async #isLeft(stack: readonly DiffId[], chain: readonly ChainId[], kept: ReadonlySet<DiffId>): Promise<boolean> {
    const { layers, images, snapshotter } = this.ground;
    if (stack.some((each) => layers.get(each) && !kept.has(each) && !images.usesLayer(each))) return true;
    for (const each of chain) if (!images.usesChain(each) && (await snapshotter.has(each))) return true;
    return false;
  }

  async #sweepLayers(candidates: readonly DiffId[], kept: ReadonlySet<DiffId>): Promise<Set<DiffId>> {
    const { layers, images, files } = this.ground;
    const gone = await layers.sweep(
      candidates,
      (diffId) => kept.has(diffId) || layers.isHeld(diffId) || images.usesLayer(diffId),
    );
    for (const { diffId } of gone) await files.forget(diffId);
    return new Set(gone.map(({ diffId }) => diffId));
  }

  #sweepSnapshots(chain: readonly ChainId[]): Promise<ChainId[]> {
    return this.ground.layers.sweepSnapshots(chain, (each) => this.#needsChain(each));
  }

  #needsChain(chain: ChainId): boolean {
    return this.ground.layers.isChainHeld(chain) || this.ground.images.usesChain(chain);
  }

  async #kept(): Promise<Set<DiffId>> {
    return new Set(await this.ground.kept());
  }
}
