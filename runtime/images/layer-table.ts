import { join } from 'node:path';
import type { Readable } from 'node:stream';
import * as z from 'zod/mini';
import { sha256 } from '../../core/disk/sha256.ts';
import { asDiffId, type ChainId, chainIds, type DiffId, type Digest, digestHex } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { type ArchiveLimits, DEFAULT_LIMITS } from '../archive/limits.ts';
import { internal, isKind, notFound } from '../errors.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';
import { UseCounts } from '../store/use-counts.ts';
import type { AddLayerOptions, Layer, TakeLayerOptions } from './image-store.ts';
import { takeLayer } from './incoming-layer.ts';
import { scanLayer } from './layer-scan.ts';
import { StoredLayer } from './stored.ts';

/** The layers that the store holds, by diff ID. */
export class LayerTable {
  readonly #layers = new Map<DiffId, Layer>();
  readonly #byBlob = new Map<Digest, Layer>();
  readonly #held = new UseCounts<DiffId>();
  readonly #heldChains = new UseCounts<ChainId>();
  /** Layers that are not on the disk yet, or could not be written there. */
  readonly #writing = new Map<DiffId, Promise<void>>();
  /** Unpackings under way, by chain: a second waits for the first. */
  readonly #unpacking = new Map<ChainId, Promise<void>>();

  private constructor(
    private readonly documents: DocumentStore<Layer>,
    private readonly blobs: BlobStore,
    private readonly snapshotter: Snapshotter,
    private readonly limits: ArchiveLimits,
  ) {}

  /** Removes what interrupted writes left. */
  recover(): Promise<string[]> {
    return this.documents.recover();
  }

  static async open(
    root: string,
    blobs: BlobStore,
    snapshotter: Snapshotter,
    limits: ArchiveLimits = DEFAULT_LIMITS,
  ): Promise<LayerTable> {
    const documents = openDocuments(join(root, 'layers'), (value): Layer => z.parse(StoredLayer, value));
    const table = new LayerTable(documents, blobs, snapshotter, limits);
    for (const name of await documents.names()) {
      const layer = await documents.get(name);
      if (layer !== undefined && (await blobs.has(layer.blob))) table.#remember(layer);
      else await documents.delete(name);
    }
    return table;
  }

  get(diffId: DiffId): Layer | undefined {
    return this.#layers.get(diffId);
  }

  /** The layer stored as this blob. */
  ofBlob(blob: Digest): Layer | undefined {
    return this.#byBlob.get(blob);
  }

  all(): Iterable<Layer> {
    return this.#layers.values();
  }

  /** The layers of these diff IDs. Error: EngineError `not-found` for one that was not added. */
  require(diffIds: readonly DiffId[]): Layer[] {
    return diffIds.map((diffId) => {
      const layer = this.#layers.get(diffId);
      if (layer !== undefined) return layer;
      throw notFound({
        code: 'layer-missing',
        message: `layer ${diffId} is not in the image store: pull or build the image again`,
        subject: diffId,
      });
    });
  }

  async add(blob: Digest, { diffId, mediaType, over, signal }: AddLayerOptions): Promise<Layer> {
    const known = diffId === undefined ? undefined : this.#layers.get(diffId);
    if (known !== undefined) {
      if (over !== undefined) await this.unpack([...over, known.diffId], signal);
      return known;
    }
    const chain = over === undefined || diffId === undefined ? [] : chainIds([...over, diffId], sha256);
    const top = chain.at(-1);
    const unpack = top !== undefined && !(await this.snapshotter.has(top));
    const scanned = await scanLayer(await this.blobs.open(blob), {
      expected: diffId,
      limits: this.limits,
      signal,
      apply: unpack ? (tar) => this.snapshotter.apply(top, chain.at(-2), tar, signal) : undefined,
    });
    const { size } = await this.blobs.stat(blob);
    return this.#record({
      ...scanned,
      blob,
      mediaType: mediaType || (scanned.diffId === (blob as string) ? MediaType.ociLayer : MediaType.ociLayerGzip),
      blobSize: size,
    });
  }

  async take(tar: Readable, { over, earlier, found, signal }: TakeLayerOptions): Promise<Layer> {
    using pin = this.blobs.pin();
    const parent = over === undefined ? undefined : await this.unpack(over, signal);
    const { blob, bytes, files, unpacked } = await takeLayer(tar, {
      store: (copy) => this.blobs.put(copy, { pin }, signal),
      unpack: over === undefined ? undefined : (copy) => this.snapshotter.unpack(parent, copy, { earlier, signal }),
      limits: this.limits,
      signal,
    });
    await using _ = unpacked;
    const diffId = asDiffId(blob.digest);
    found(diffId);
    const layer = { diffId, bytes, files, blob: blob.digest, blobSize: blob.size, mediaType: MediaType.ociLayer };
    const recorded = this.#record(layer);
    if (over !== undefined) await unpacked?.commit(chainIds([...over, diffId], sha256).at(-1)!);
    return recorded;
  }

  /** A layer that is there already stays as it is. */
  #record(layer: Layer): Layer {
    const first = this.#layers.get(layer.diffId);
    if (first !== undefined) return first;
    this.#remember(layer);
    const writing = this.documents.put(digestHex(layer.diffId), layer);
    this.#writing.set(layer.diffId, writing);
    writing.then(
      () => {
        if (this.#writing.get(layer.diffId) === writing) this.#writing.delete(layer.diffId);
      },
      // Whoever makes an image of it is told; the next to bring it tries again.
      () => this.#forget(layer),
    );
    return layer;
  }

  /** Resolves when all that is known of these layers is on the disk: an image of them must not be written before. */
  async written(diffIds: readonly DiffId[]): Promise<void> {
    await Promise.all(diffIds.map((diffId) => this.#writing.get(diffId)));
  }

  /** Has the snapshotter hold these layers, lowest first. */
  async unpack(diffIds: readonly DiffId[], signal?: AbortSignal): Promise<ChainId | undefined> {
    const chain = chainIds(diffIds, sha256);
    const layers = this.require(diffIds);
    const top = chain.at(-1);
    if (top !== undefined && (await this.snapshotter.has(top))) return top;
    for (const [i, id] of chain.entries()) {
      if (await this.snapshotter.has(id)) continue;
      let running = this.#unpacking.get(id);
      if (running === undefined) {
        running = this.#apply(layers[i]!, id, chain[i - 1], signal).finally(() => this.#unpacking.delete(id));
        this.#unpacking.set(id, running);
      }
      await running;
    }
    return top;
  }

  /** Keeps a stack of layers, lowest first, from being swept until the disposal. */
  hold(diffIds: readonly DiffId[]): Disposable {
    const stack = [...diffIds];
    const chain = chainIds(stack, sha256);
    this.#held.add(stack);
    this.#heldChains.add(chain);
    let released = false;
    return {
      [Symbol.dispose]: () => {
        if (released) return;
        released = true;
        this.#held.remove(stack);
        this.#heldChains.remove(chain);
      },
    };
  }

  isHeld(diffId: DiffId): boolean {
    return this.#held.has(diffId);
  }

  isChainHeld(chain: ChainId): boolean {
    return this.#heldChains.has(chain);
  }

  /** Removes those of the layers that nothing needs, asking so at the moment when each goes. Gives what went. */
  async sweep(candidates: Iterable<DiffId>, isNeeded: (diffId: DiffId) => boolean): Promise<Layer[]> {
    const gone: Layer[] = [];
    const removals: Promise<void>[] = [];
    for (const diffId of candidates) {
      const layer = this.#layers.get(diffId);
      if (layer === undefined || isNeeded(diffId)) continue;
      this.#forget(layer);
      this.#writing.delete(diffId);
      // Begun at once: whoever brings the layer again from here on comes after.
      removals.push(this.documents.delete(digestHex(diffId)), this.blobs.delete(layer.blob));
      gone.push(layer);
    }
    await Promise.all(removals);
    return gone;
  }

  /** Removes snapshots that nothing needs, the highest first; one that a container stands on stays for a later sweep. */
  async sweepSnapshots(chain: readonly ChainId[], isNeeded: (chain: ChainId) => boolean): Promise<ChainId[]> {
    const gone: ChainId[] = [];
    for (const id of [...chain].reverse()) {
      if (isNeeded(id)) break;
      try {
        await this.snapshotter.removeCommitted(id);
        gone.push(id);
      } catch (error) {
        if (isKind(error, 'conflict')) break;
        if (!isKind(error, 'not-found')) throw error;
      }
    }
    return gone;
  }

  #remember(layer: Layer): void {
    this.#layers.set(layer.diffId, layer);
    this.#byBlob.set(layer.blob, layer);
  }

  #forget(layer: Layer): void {
    if (this.#layers.get(layer.diffId) === layer) this.#layers.delete(layer.diffId);
    if (this.#byBlob.get(layer.blob) === layer) this.#byBlob.delete(layer.blob);
  }

  async #apply(layer: Layer, id: ChainId, parent: ChainId | undefined, signal?: AbortSignal): Promise<void> {
    try {
      await scanLayer(await this.blobs.open(layer.blob), {
        expected: layer.diffId,
        signal,
        apply: (tar) => this.snapshotter.apply(id, parent, tar, signal),
      });
    } catch (error) {
      signal?.throwIfAborted();
      // Damaged bytes show as any error of gzip or tar: the blob's own digest names the cause.
      await drain(await this.blobs.openVerified(layer.blob));
      throw error;
    }
  }
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const chunk of stream)
    if (chunk === undefined) throw internal({ code: 'stream-empty', message: 'no data' });
}
