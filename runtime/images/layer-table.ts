import { join } from 'node:path';
import * as z from 'zod/mini';
import { sha256 } from '../../core/disk/sha256.ts';
import { type ChainId, chainIds, type DiffId, type Digest, digestHex } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { internal, isKind, notFound } from '../errors.ts';
import type { Snapshotter } from '../snapshots/snapshotter.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';
import type { AddLayerOptions, Layer } from './image-store.ts';
import { scanLayer } from './layer-scan.ts';
import { StoredLayer } from './stored.ts';

/** The layers that the store holds, by diff ID. */
export class LayerTable {
  readonly #layers = new Map<DiffId, Layer>();
  readonly #held = new Set<readonly DiffId[]>();
  /** Unpackings under way, by chain: a second waits for the first. */
  readonly #unpacking = new Map<ChainId, Promise<void>>();

  private constructor(
    private readonly documents: DocumentStore<Layer>,
    private readonly blobs: BlobStore,
    private readonly snapshotter: Snapshotter,
  ) {}

  static async open(root: string, blobs: BlobStore, snapshotter: Snapshotter): Promise<LayerTable> {
    const documents = openDocuments(join(root, 'layers'), (value): Layer => z.parse(StoredLayer, value));
    const table = new LayerTable(documents, blobs, snapshotter);
    for (const name of await documents.names()) {
      const layer = await documents.get(name);
      if (layer !== undefined && (await blobs.has(layer.blob))) table.#layers.set(layer.diffId, layer);
      else await documents.delete(name);
    }
    return table;
  }

  get(diffId: DiffId): Layer | undefined {
    return this.#layers.get(diffId);
  }

  /** The layer stored as this blob. */
  ofBlob(blob: Digest): Layer | undefined {
    for (const layer of this.#layers.values()) if (layer.blob === blob) return layer;
    return undefined;
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
      signal,
      apply: unpack ? (tar) => this.snapshotter.apply(top, chain.at(-2), tar, signal) : undefined,
    });
    const { size } = await this.blobs.stat(blob);
    const layer: Layer = {
      ...scanned,
      blob,
      mediaType: mediaType || (scanned.diffId === (blob as string) ? MediaType.ociLayer : MediaType.ociLayerGzip),
      blobSize: size,
    };
    const first = this.#layers.get(layer.diffId);
    if (first !== undefined) return first;
    this.#layers.set(layer.diffId, layer);
    await this.documents.put(digestHex(layer.diffId), layer);
    return layer;
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
    this.#held.add(stack);
    return { [Symbol.dispose]: () => void this.#held.delete(stack) };
  }

  /** The stacks that are held. */
  held(): Iterable<readonly DiffId[]> {
    return this.#held;
  }

  /** Removes those of the layers that are not `needed`. Gives what went. */
  async sweep(candidates: Iterable<DiffId>, needed: ReadonlySet<DiffId>): Promise<Layer[]> {
    const gone: Layer[] = [];
    for (const diffId of candidates) {
      const layer = this.#layers.get(diffId);
      if (layer === undefined || needed.has(diffId)) continue;
      this.#layers.delete(diffId);
      await this.documents.delete(digestHex(diffId));
      await this.blobs.delete(layer.blob);
      gone.push(layer);
    }
    return gone;
  }

  /** Removes snapshots that are not `needed`, the highest first; one that a container stands on stays for a later sweep. */
  async sweepSnapshots(chain: readonly ChainId[], needed: ReadonlySet<ChainId>): Promise<ChainId[]> {
    const gone: ChainId[] = [];
    for (const id of [...chain].reverse()) {
      if (needed.has(id)) break;
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
