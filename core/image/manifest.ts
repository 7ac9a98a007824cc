import * as z from 'zod/mini';
import { MediaType } from './media-types.ts';
import type { Platform } from './platform.ts';
import { absentAs, DigestText, type Parsed, parseWith } from './schema.ts';

const optionalText = absentAs(z.string(), undefined);
const annotations = absentAs(z.record(z.string(), z.string()), {} as Record<string, string>);

const PlatformRecord = z.object({
  os: absentAs(z.string(), ''),
  architecture: absentAs(z.string(), ''),
  variant: optionalText,
});

/** Names a blob with its type and size (OCI image-spec, descriptor.md). */
export const Descriptor = z.object({
  mediaType: absentAs(z.string(), ''),
  digest: DigestText,
  /** Bytes. */
  size: z.number(),
  platform: absentAs(PlatformRecord, undefined),
  annotations,
  artifactType: optionalText,
});
export type Descriptor = z.output<typeof Descriptor>;

/** One image: its config and its layers, lowest first (OCI image-spec, manifest.md; Docker schema 2). */
export interface Manifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** The same image for several platforms (OCI image-spec, image-index.md; Docker's manifest list). */
export interface Index {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
}

const ManifestRecord = z.object({
  mediaType: optionalText,
  config: Descriptor,
  layers: absentAs(z.array(Descriptor), [] as Descriptor[]),
});
const IndexRecord = z.object({ mediaType: optionalText, manifests: absentAs(z.array(Descriptor), [] as Descriptor[]) });
const Shape = z.looseObject({
  schemaVersion: absentAs(z.number(), 0),
  manifests: z.optional(z.unknown()),
  config: z.optional(z.unknown()),
});

/** Reads a manifest or an index, telling them apart by what they hold. `mediaType` is the registry's word for it. */
export function parseManifest(value: unknown, mediaType?: string): Parsed<Manifest | Index> {
  const shape = parseWith(Shape, value);
  if (!shape.ok) return shape;
  if (shape.value.schemaVersion === 1) {
    return {
      ok: false,
      problems: ['Docker manifest schema 1 is no longer supported: push the image again with a current Docker'],
    };
  }
  if (shape.value.manifests !== undefined && shape.value.config === undefined) {
    const index = parseWith(IndexRecord, value);
    if (!index.ok) return index;
    return {
      ok: true,
      value: { kind: 'index', ...index.value, mediaType: index.value.mediaType ?? mediaType ?? MediaType.ociIndex },
    };
  }
  const manifest = parseWith(ManifestRecord, value);
  if (!manifest.ok) return manifest;
  return {
    ok: true,
    value: {
      kind: 'manifest',
      ...manifest.value,
      mediaType: manifest.value.mediaType ?? mediaType ?? MediaType.ociManifest,
    },
  };
}

/** The JSON text of an index: the OCI's, or Docker's where all that it names is Docker's. */
export function encodeIndex(
  manifests: readonly (Pick<Descriptor, 'mediaType' | 'digest' | 'size'> & { readonly platform: Platform })[],
): { readonly text: string; readonly mediaType: string } {
  const isDocker = manifests.every(({ mediaType }) => mediaType === MediaType.dockerManifest);
  const mediaType = isDocker ? MediaType.dockerList : MediaType.ociIndex;
  const entries = manifests.map(({ mediaType, digest, size, platform: { os, architecture, variant } }) => ({
    mediaType,
    digest,
    size,
    platform: { architecture, os, ...(variant && { variant }) },
  }));
  return { mediaType, text: JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries }) };
}

/** The JSON text of an OCI manifest; its config is an image's where it does not say. */
export function encodeManifest(
  config: Pick<Descriptor, 'digest' | 'size'> & { readonly mediaType?: string },
  layers: readonly Pick<Descriptor, 'mediaType' | 'digest' | 'size'>[],
): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: { mediaType: config.mediaType ?? MediaType.ociConfig, digest: config.digest, size: config.size },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
}
