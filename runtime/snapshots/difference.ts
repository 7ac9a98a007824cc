import { joinPath, splitPath } from '../archive/contained-path.ts';
import type { PackedFile, PackItem } from '../archive/pack.ts';
import { tarEntry } from '../archive/tar-entry.ts';
import { OPAQUE_MARKER, WHITEOUT_PREFIX } from '../archive/whiteouts.ts';
import type { Change, Usage } from './snapshotter.ts';

/** One thing by which a snapshot differs from its parent. Names have no leading slash. */
export type Difference =
  | { readonly kind: 'A' | 'C'; readonly file: PackedFile; readonly opaque: boolean }
  | { readonly kind: 'D'; readonly name: Buffer };

/** The items of the layer's tar: deletions become whiteouts (OCI image-spec, layer.md). */
export async function* layerItems(differences: AsyncIterable<Difference>): AsyncGenerator<PackItem> {
  for await (const difference of differences) {
    if (difference.kind === 'D') {
      const names = splitPath(difference.name);
      const last = Buffer.concat([Buffer.from(WHITEOUT_PREFIX), names.pop()!]);
      yield marker(joinPath(Buffer.alloc(0), [...names, last]).subarray(1));
      continue;
    }
    yield difference.file;
    if (difference.opaque) yield marker(Buffer.concat([difference.file.name, Buffer.from(`/${OPAQUE_MARKER}`)]));
  }
}

function marker(name: Buffer): PackItem {
  return { entry: tarEntry({ name, mode: 0 }) };
}

/** The differences as `docker diff` shows them, sorted by path. */
export async function changesOf(differences: AsyncIterable<Difference>): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const difference of differences) {
    const name = difference.kind === 'D' ? difference.name : difference.file.name;
    changes.push({ kind: difference.kind, path: Buffer.concat([Buffer.from('/'), name]) });
  }
  return changes.sort((a, b) => Buffer.compare(a.path, b.path));
}

/** Bytes and number of the files that were added or changed; `except`: absolute paths that do not count. */
export async function usageOf(
  differences: AsyncIterable<Difference>,
  except: ReadonlySet<string> = new Set(),
): Promise<Usage> {
  const inodes = new Set<bigint>();
  let bytes = 0;
  let files = 0;
  for await (const difference of differences) {
    if (difference.kind === 'D' || difference.file.stats.isDirectory()) continue;
    const { name, stats } = difference.file;
    if (except.has(`/${name}`)) continue;
    files++;
    if (!(stats.isFile() || stats.isSymbolicLink()) || inodes.has(stats.ino)) continue;
    if (stats.nlink > 1n) inodes.add(stats.ino);
    bytes += Number(stats.size);
  }
  return { bytes, files };
}

/** Passes values on until the signal says to stop, and fails then. */
export async function* untilAborted<T>(values: AsyncIterable<T>, signal?: AbortSignal): AsyncGenerator<T> {
  for await (const value of values) {
    signal?.throwIfAborted();
    yield value;
  }
}
