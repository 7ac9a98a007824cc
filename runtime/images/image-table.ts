import { join } from 'node:path';
import * as z from 'zod/mini';
import { sha256 } from '../../core/disk/sha256.ts';
import { type ImageConfig, parseImageConfig } from '../../core/image/config.ts';
import {
  asImageId,
  type ChainId,
  chainIds,
  configDigest,
  type DiffId,
  type Digest,
  digestHex,
  type ImageId,
  parseDigest,
} from '../../core/image/digest.ts';
import { EngineError, invalid } from '../errors.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';
import { UseCounts } from '../store/use-counts.ts';
import type { Image } from './image-store.ts';
import type { LayerTable } from './layer-table.ts';
import { StoredImage } from './stored.ts';

/** An image with what the store remembers of it. */
export interface ImageEntry {
  readonly image: Image;
  readonly stored: StoredImage;
}

/** The images that the store holds, by ID. */
export class ImageTable {
  readonly #entries = new Map<ImageId, ImageEntry>();
  readonly #layers = new UseCounts<DiffId>();
  readonly #chains = new UseCounts<ChainId>();
  readonly #blobs = new UseCounts<Digest>();
  /** Images that cannot be used, and why: a blob or a layer is gone or damaged. */
  readonly broken = new Map<ImageId, EngineError>();

  private constructor(
    private readonly documents: DocumentStore<StoredImage>,
    private readonly blobs: BlobStore,
    private readonly layers: LayerTable,
  ) {}

  static async open(root: string, blobs: BlobStore, layers: LayerTable): Promise<ImageTable> {
    const documents = openDocuments(join(root, 'images'), (value) => z.parse(StoredImage, value));
    const table = new ImageTable(documents, blobs, layers);
    for (const name of await documents.names()) await table.#load(name);
    return table;
  }

  /** Removes what interrupted writes left. */
  recover(): Promise<string[]> {
    return this.documents.recover();
  }

  get(id: ImageId): ImageEntry | undefined {
    return this.#entries.get(id);
  }

  all(): Iterable<ImageEntry> {
    return this.#entries.values();
  }

  usesLayer(diffId: DiffId): boolean {
    return this.#layers.has(diffId);
  }

  usesChain(chain: ChainId): boolean {
    return this.#chains.has(chain);
  }

  /** Whether a blob is an image's config or manifest. */
  usesBlob(digest: Digest): boolean {
    return this.#blobs.has(digest);
  }

  /** The one image whose ID begins with these hex digits. */
  findByPrefix(hex: string): ImageEntry | undefined {
    const found = [...this.#entries.values()].filter(({ image }) => digestHex(image.id).startsWith(hex));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Takes in an image whose config is a blob. Error: EngineError `invalid` for a config that is none. */
  async add(id: ImageId, stored: StoredImage): Promise<Image> {
    const image = await this.#read(id, stored);
    // What it stands on must not go while it is written, and it is not shown before.
    this.#use(image);
    try {
      await this.documents.put(digestHex(id), stored);
    } catch (error) {
      this.#unuse(image);
      throw error;
    }
    this.#enter(image, stored);
    this.broken.delete(id);
    return image;
  }

  /** Remembers when an image was tagged. */
  async tagged(id: ImageId, lastTagTime: string): Promise<void> {
    this.taggedAgain(id, lastTagTime);
    const stored = this.#entries.get(id)?.stored;
    if (stored !== undefined) await this.documents.put(digestHex(id), stored);
  }

  /** As `tagged`, but without a write: what else is written of the image has it, and a new start of the engine may not. */
  taggedAgain(id: ImageId, lastTagTime: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#entries.set(id, { ...entry, stored: { ...entry.stored, lastTagTime } });
  }

  async delete(id: ImageId): Promise<void> {
    this.#leave(id);
    this.broken.delete(id);
    await this.documents.delete(digestHex(id));
  }

  /** Shows an image whose use was counted before. */
  #enter(image: Image, stored: StoredImage): void {
    this.#leave(image.id);
    this.#entries.set(image.id, { image, stored });
  }

  #leave(id: ImageId): void {
    const image = this.#entries.get(id)?.image;
    if (image === undefined) return;
    this.#entries.delete(id);
    this.#unuse(image);
  }

  #use(image: Image): void {
    this.#layers.add(image.layers.map(({ diffId }) => diffId));
    this.#chains.add(image.chain);
    this.#blobs.add([image.manifest, configDigest(image.id)]);
  }

  #unuse(image: Image): void {
    this.#layers.remove(image.layers.map(({ diffId }) => diffId));
    this.#chains.remove(image.chain);
    this.#blobs.remove([image.manifest, configDigest(image.id)]);
  }

  async #load(name: string): Promise<void> {
    const digest = parseDigest(`sha256:${name}`);
    if (digest === undefined) return;
    const id = asImageId(digest);
    try {
      const stored = await this.documents.get(name);
      if (stored === undefined) return;
      const image = await this.#read(id, stored);
      this.#use(image);
      this.#enter(image, stored);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.broken.set(id, error);
    }
  }

  async #read(id: ImageId, stored: StoredImage): Promise<Image> {
    const config = readConfig(await this.blobs.read(configDigest(id)), configDigest(id));
    const diffIds: readonly DiffId[] = config.rootfs.diff_ids;
    return {
      id,
      config,
      layers: this.layers.require(diffIds),
      chain: chainIds(diffIds, sha256),
      manifest: stored.manifest,
      parent: stored.parent,
    };
  }
}

/** Reads the bytes of an image config. Error: EngineError `invalid`, code `image-config-invalid`. */
export function readConfig(bytes: Buffer, digest: Digest): ImageConfig {
  const parsed = parseImageConfig(readJson(bytes));
  if (parsed.ok) return parsed.value;
  throw invalid({
    code: 'image-config-invalid',
    message: `the image config ${digest} cannot be used: ${parsed.problems.join('; ')}`,
    subject: digest,
  });
}

/** The value of JSON bytes; undefined where they are none. */
export function readJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
