import { join } from 'node:path';
import * as z from 'zod/mini';
import { asDiffId, type DiffId, digestHex, parseDigest } from '../../core/image/digest.ts';
import { imageSteps } from '../../core/image/history.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { DocumentStore } from '../store/document-store.ts';
import { openDocuments } from '../store/documents.ts';
import { imageSize, unixSeconds } from './describe.ts';
import { FileStack, type LayerFileEntry } from './file-stack.ts';
import type { Image, Layer } from './image-store.ts';
import { scanLayer } from './layer-scan.ts';
import type { LayerListing, LayerListingRow } from './records.ts';

/** Files of one layer that an answer lists; the figures count all. */
const MOST_FILES = 5000;

const StoredFiles = z.array(z.tuple([z.string(), z.number()]));

/** The files of layers, each read once and remembered. */
export class LayerFiles {
  readonly #documents: DocumentStore<z.output<typeof StoredFiles>>;

  constructor(
    root: string,
    private readonly blobs: BlobStore,
  ) {
    this.#documents = openDocuments(join(root, 'layer-files'), (value) => z.parse(StoredFiles, value));
  }

  async of(layer: Layer, signal?: AbortSignal): Promise<LayerFileEntry[]> {
    const name = digestHex(layer.diffId);
    const known = await this.#documents.get(name);
    if (known !== undefined) return known.map(([path, size]) => ({ path, size }));
    const files: LayerFileEntry[] = [];
    await scanLayer(await this.blobs.open(layer.blob), {
      expected: layer.diffId,
      signal,
      onEntry: (entry) => {
        if (entry.type !== 'directory') files.push({ path: clean(entry.name), size: entry.size });
      },
    });
    await this.#documents.put(
      name,
      files.map(({ path, size }) => [path, size]),
    );
    return files;
  }

  /** Removes what interrupted writes left, and the files of layers that are gone. */
  async recover(isThere: (diffId: DiffId) => boolean): Promise<string[]> {
    const log = await this.#documents.recover();
    for (const name of await this.#documents.names()) {
      const digest = parseDigest(`sha256:${name}`);
      if (digest !== undefined && isThere(asDiffId(digest))) continue;
      await this.#documents.delete(name);
      log.push(`removed the list of files of the layer ${name}, which is gone`);
    }
    return log;
  }

  async forget(diffId: DiffId): Promise<void> {
    await this.#documents.delete(digestHex(diffId));
  }
}

/** What each step of an image brought, and what of it is in vain (`GET /lapstrake/images/{name}/layers`). */
export async function listLayers(
  image: Image,
  tags: readonly string[],
  files: LayerFiles,
  signal?: AbortSignal,
): Promise<LayerListing> {
  const stack = new FileStack();
  for (const layer of image.layers) stack.add(await files.of(layer, signal));
  const rows = stack.rows();
  let next = 0;
  const steps = imageSteps(image.config).map((step): LayerListingRow => {
    const made = { instruction: step.createdBy, created: unixSeconds(step.created) };
    const layer = step.diffId === undefined ? undefined : image.layers[next];
    if (layer === undefined) return { ...made, bytes: 0 };
    const own = rows[next++] ?? [];
    return {
      ...made,
      diffId: layer.diffId,
      bytes: layer.bytes,
      files: own.slice(0, MOST_FILES),
      fileCount: own.length,
      wasted: own.reduce((sum, row) => sum + (row.hidden === undefined ? 0 : row.bytes), 0),
    };
  });
  const size = imageSize(image);
  const ownBytes = size - (image.layers[0]?.bytes ?? 0);
  const waste = stack.waste();
  return {
    id: image.id,
    tags,
    size,
    rows: steps,
    ...waste,
    wastedUserPercent: ownBytes === 0 ? 0 : waste.wastedBytes / ownBytes,
  };
}

function clean(name: Buffer): string {
  return name.toString().replace(/^(\.?\/)+/, '');
}
