import type { Readable } from 'node:stream';
import type { Digest } from '../../core/image/digest.ts';
import type { BlobPin } from './blob-pins.ts';

/** A blob that the store holds. */
export interface BlobInfo {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What a writer claims about the bytes that it brings; a difference is an EngineError `invalid`. */
export interface BlobClaim {
  readonly digest?: Digest | undefined;
  readonly size?: number | undefined;
  /** Pins the blob, whatever its digest turns out to be, before it gets its name. */
  readonly pin?: BlobPin | undefined;
}

export interface BlobRange {
  /** First byte. */
  readonly start: number;
  /** Last byte, included; the blob's end where undefined. */
  readonly end?: number | undefined;
}

/**
 * Bytes under the name of their digest (OCI image-spec, image-layout.md). A blob is there whole or not at all.
 * Errors: EngineError `not-found` with code `blob-missing`; `internal` with code `blob-corrupt` where the bytes on the
 * disk no longer have their digest.
 */
export interface BlobStore {
  has(digest: Digest): Promise<boolean>;
  stat(digest: Digest): Promise<BlobInfo>;
  /** Stores the bytes, checking them against the claim before they get their name. */
  put(data: Uint8Array | Readable, claim?: BlobClaim, signal?: AbortSignal): Promise<BlobInfo>;
  /** The bytes as they are on the disk, unchecked. */
  open(digest: Digest, range?: BlobRange): Promise<Readable>;
  /** The bytes, failing with `blob-corrupt` at their end where they do not have the digest. */
  openVerified(digest: Digest): Promise<Readable>;
  /** A small blob as a whole, verified; `invalid` above `limit` bytes (4 MiB where undefined). */
  read(digest: Digest, limit?: number): Promise<Buffer>;
  /** Removes a blob that nobody has pinned. One that is not there is no error. */
  delete(digest: Digest): Promise<void>;
  /** Keeps blobs from `delete`: whoever brings an image pins what it is made of before asking whether it is there. */
  pin(digests?: Iterable<Digest>): BlobPin;
  list(): Promise<BlobInfo[]>;
  /** Replaces the entries of the layout's `index.json` by what `change` makes of them, one change after the other. */
  updateIndex(change: (entries: readonly IndexEntry[]) => readonly IndexEntry[]): Promise<void>;
  /** Entries of `index.json`: what the layout offers to other tools. */
  index(): Promise<readonly IndexEntry[]>;
  /** Removes what interrupted writes left. Gives a line for the log per thing removed. */
  recover(): Promise<string[]>;
}

/** A descriptor in `index.json` (OCI image-spec, descriptor.md). */
export interface IndexEntry {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}
