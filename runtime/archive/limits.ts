/** How much an archive from outside may take; more is refused with an EngineError `invalid`, code `limit-…`. */
export interface ArchiveLimits {
  /** Bytes of one layer's uncompressed tar. */
  readonly layerBytes: number;
  /** Entries of one layer. */
  readonly layerEntries: number;
  /** Bytes of an archive of images, uncompressed. */
  readonly archiveBytes: number;
  /** Entries of an archive of images. */
  readonly archiveEntries: number;
  /** Layers of one image. */
  readonly imageLayers: number;
  /** Bytes of one JSON document that an archive brings: a config, a manifest, an index. */
  readonly documentBytes: number;
}

const GIB = 2 ** 30;

/** Far above what real images take, far below what a machine can bear. */
export const DEFAULT_LIMITS: ArchiveLimits = {
  layerBytes: 64 * GIB,
  layerEntries: 4_000_000,
  archiveBytes: 256 * GIB,
  archiveEntries: 100_000,
  imageLayers: 500,
  documentBytes: 4 << 20,
};
