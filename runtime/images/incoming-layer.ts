import type { Readable } from 'node:stream';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { UnpackedLayer } from '../snapshots/snapshotter.ts';
import type { BlobInfo } from '../store/blob-store.ts';
import { LayerCopy } from './layer-copy.ts';
import { countLayer } from './layer-scan.ts';

/** What is done with a layer's bytes while they come. */
export interface LayerTakers {
  readonly store: (tar: Readable) => Promise<BlobInfo>;
  readonly unpack: ((tar: Readable) => Promise<UnpackedLayer>) | undefined;
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal | undefined;
}

/** A layer that was made here and read once. */
export interface IncomingLayer {
  readonly blob: BlobInfo;
  /** Sum of the files' sizes, and number of entries that are no directories. */
  readonly bytes: number;
  readonly files: number;
  /** Whoever gets it commits or disposes of it. */
  readonly unpacked: UnpackedLayer | undefined;
}

/** Stores, counts and unpacks an uncompressed layer, reading it once. Where one of them fails nothing is left unpacked. */
export async function takeLayer(tar: Readable, { store, unpack, limits, signal }: LayerTakers): Promise<IncomingLayer> {
  const copies = Array.from({ length: unpack === undefined ? 2 : 3 }, () => new LayerCopy());
  const [stored, counted, applied] = copies as [LayerCopy, LayerCopy, LayerCopy | undefined];
  const failed = (error: Error): never => {
    for (const copy of copies) copy.destroy(error);
    throw error;
  };
  const storing = store(stored).catch(failed);
  // What follows a tar's end is stored alone.
  const counting = countLayer(counted, { limits })
    .catch(failed)
    .finally(() => counted.destroy());
  const unpacking = applied && unpack?.(applied).catch(failed);
  const reading = feed(tar, copies, signal).catch(failed);
  try {
    // Nothing runs on after a failure. Where one fails all do, and who unpacks the layer says most of why.
    await Promise.allSettled([storing, counting, unpacking, reading]);
    await reading;
    const [unpacked, blob, figures] = await Promise.all([unpacking, storing, counting]);
    return { blob, ...figures, unpacked };
  } catch (error) {
    await (await unpacking?.catch(() => undefined))?.[Symbol.asyncDispose]();
    throw error;
  } finally {
    for (const copy of copies) copy.destroy();
    tar.destroy();
  }
}

/** Gives each chunk to all copies that still want it. */
async function feed(tar: Readable, copies: readonly LayerCopy[], signal: AbortSignal | undefined): Promise<void> {
  for await (const chunk of tar) {
    signal?.throwIfAborted();
    for (const copy of copies) if (copy.errored !== null) throw copy.errored;
    for (const copy of copies) await copy.put(chunk);
  }
  for (const copy of copies) copy.end();
}
