/** What a tar entry makes. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'character' | 'block' | 'fifo';

/** One file of a tar archive, without its content. */
export interface TarEntry {
  /** As in the archive, but for the slash at a directory's end. Bytes: names need not be UTF-8. */
  readonly name: Buffer;
  readonly type: EntryType;
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow; 0 for all but files. */
  readonly size: number;
  /** Nanoseconds since the epoch; may be negative. */
  readonly mtime: bigint;
  /** Target of a symbolic or hard link; else empty. */
  readonly linkname: Buffer;
  readonly device: { readonly major: number; readonly minor: number };
  readonly xattrs: ReadonlyMap<string, Buffer>;
}

/** An entry with what is not given as a plain empty file of root has it. */
export function tarEntry(
  entry: Partial<Omit<TarEntry, 'name' | 'linkname'>> & {
    readonly name: string | Buffer;
    readonly linkname?: string | Buffer;
  },
): TarEntry {
  return {
    type: 'file',
    mode: entry.type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: 0,
    mtime: 0n,
    device: { major: 0, minor: 0 },
    xattrs: new Map(),
    ...entry,
    name: Buffer.from(entry.name as string),
    linkname: Buffer.from((entry.linkname ?? '') as string),
  };
}

/** Bytes of a tar block. */
export const BLOCK = 512;

/** Zero bytes that fill the last block of so much content. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
