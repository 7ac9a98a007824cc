import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { asDiffId, type DiffId, parseDigest } from '../../core/image/digest.ts';
import { decompress } from '../archive/compression.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import { shownName } from '../archive/shown-name.ts';
import { BLOCK, paddingOf, type TarEntry } from '../archive/tar-entry.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { internal, invalid } from '../errors.ts';
import { LayerCopy } from './layer-copy.ts';

/** What reading a layer from its first byte to its last tells. */
export interface ScannedLayer {
  readonly diffId: DiffId;
  /** Sum of the files' sizes; a symbolic link's is the length of its target. */
  readonly bytes: number;
  /** Entries that are not directories. */
  readonly files: number;
}

export interface ScanOptions {
  /** What the uncompressed bytes must hash to: else the layer ends with an error instead of its end. */
  readonly expected?: DiffId | undefined;
  /** Also takes the uncompressed tar; it may close it where it needs no more of it. */
  readonly apply?: ((tar: Readable) => Promise<void>) | undefined;
  readonly onEntry?: ((entry: TarEntry) => void) | undefined;
  /** None where undefined: for layers that were taken in before. */
  readonly limits?: Pick<ArchiveLimits, 'layerBytes' | 'layerEntries'> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a layer, compressed or not. Error: EngineError `invalid`, code `layer-diff-id-differs`. */
export async function scanLayer(blob: Readable, options: ScanOptions = {}): Promise<ScannedLayer> {
  const tar = await decompress(blob, options.signal);
  const counted = new LayerCopy();
  const applied = options.apply === undefined ? undefined : new LayerCopy();
  const copies = applied === undefined ? [counted] : [counted, applied];
  const failed = (error: Error): never => {
    for (const copy of copies) copy.destroy(error);
    throw error;
  };
  try {
    const reading = digestInto(tar, copies, options).catch(failed);
    // What follows a tar's end is read for the digest alone.
    const counting = countLayer(counted, options)
      .catch(failed)
      .finally(() => counted.destroy());
    const applying = applied && options.apply?.(applied).catch(failed);
    // Nothing runs on after a failure. Where one fails all do, and who applies the layer says most of why.
    await Promise.allSettled([reading, counting, applying]);
    await applying;
    return { diffId: await reading, ...(await counting) };
  } finally {
    for (const copy of copies) copy.destroy();
    tar.destroy();
    blob.destroy();
  }
}

/** Reads a tar into all copies that still want it, and gives its digest. */
async function digestInto(
  tar: Readable,
  copies: readonly LayerCopy[],
  { expected, limits, signal }: ScanOptions,
): Promise<DiffId> {
  const hash = createHash('sha256');
  let left = limits?.layerBytes ?? Number.POSITIVE_INFINITY;
  for await (const chunk of tar) {
    signal?.throwIfAborted();
    for (const copy of copies) if (copy.errored !== null) throw copy.errored;
    left -= chunk.length;
    if (left < 0) throw tooLarge('what follows its last entry', limits?.layerBytes);
    hash.update(chunk);
    for (const copy of copies) await copy.put(chunk);
  }
  const diffId = toDiffId(hash.digest('hex'));
  if (expected !== undefined && diffId !== expected) throw differs(diffId, expected);
  for (const copy of copies) copy.end();
  return diffId;
}

/** Counts what a layer's tar holds. Error: EngineError `invalid`, code `limit-layer`. */
export async function countLayer(
  tar: AsyncIterable<Buffer>,
  { onEntry, limits }: Pick<ScanOptions, 'onEntry' | 'limits'>,
): Promise<{ bytes: number; files: number }> {
  const reader = new TarReader(tar);
  let bytes = 0;
  let files = 0;
  let entries = 0;
  let inTar = 0;
  for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
    inTar += BLOCK + entry.size + paddingOf(entry.size);
    if (limits !== undefined && inTar > limits.layerBytes) throw tooLarge(shownName(entry.name), limits.layerBytes);
    if (limits !== undefined && ++entries > limits.layerEntries) {
      throw overLimit(`its entry ${shownName(entry.name)} is one more than ${limits.layerEntries}, the limit`);
    }
    // Docker counts a symbolic link with the length of its target, as the file system does.
    bytes += entry.type === 'symlink' ? entry.linkname.length : entry.size;
    if (entry.type !== 'directory') files++;
    onEntry?.(entry);
  }
  return { bytes, files };
}

function tooLarge(what: string, limit = 0): Error {
  return overLimit(`${what} makes it larger than ${limit} bytes, the limit`);
}

function overLimit(why: string): Error {
  return invalid({
    code: 'limit-layer',
    message: `the layer is refused: ${why}`,
    remedies: ['Raise the limit: lapstraked --limit NAME=N'],
  });
}

function toDiffId(hex: string): DiffId {
  const digest = parseDigest(`sha256:${hex}`);
  if (digest === undefined) throw internal({ code: 'digest-invalid', message: 'SHA-256 gave no digest' });
  return asDiffId(digest);
}

function differs(found: DiffId, expected: DiffId): Error {
  return invalid({
    code: 'layer-diff-id-differs',
    message: `a layer's content has the digest ${found}, but its image says ${expected}: the image is damaged; pull or build it again`,
    subject: expected,
  });
}
