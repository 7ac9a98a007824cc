import { sha256 } from '../../core/disk/sha256.ts';
import type { Digest } from '../../core/image/digest.ts';
import { encodeIndex, parseManifest } from '../../core/image/manifest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import type { Platform } from '../../core/image/platform.ts';
import { invalid } from '../errors.ts';
import type { Image, ImageIndex } from '../images/image-store.ts';
import type { BlobInfo, BlobStore } from '../store/blob-store.ts';
import { readJson } from './answer-body.ts';
import type { RegistryConnection } from './connection.ts';
import { type ManifestWishes, PLAIN_MANIFEST } from './manifest-wishes.ts';
import type { PushedLayer } from './push-layer.ts';
import { pushRefused } from './registry-error.ts';

/** A manifest as it goes to a registry. */
export interface PushManifest {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly mediaType: string;
}

/**
 * The manifest for an image whose layers a registry has in these forms: the one that it came with where that tells of
 * them, so that its digest stays; else one of Docker's schema 2, or of the OCI where a layer asks for it.
 */
export async function manifestFor(
  image: Image,
  config: BlobInfo,
  layers: readonly PushedLayer[],
  blobs: BlobStore,
  { annotations, oci }: ManifestWishes = PLAIN_MANIFEST,
): Promise<PushManifest> {
  const bytes = await blobs.read(image.manifest);
  const parsed = parseManifest(readJson(bytes.toString()));
  if (parsed.ok && parsed.value.kind === 'manifest') {
    const { mediaType, layers: own } = parsed.value;
    const isSame = own.length === layers.length && own.every(({ digest }, i) => digest === layers[i]!.digest);
    const isPlain = Object.keys(annotations).length === 0 && (!oci || mediaType === MediaType.ociManifest);
    if (isSame && isPlain) return { bytes, digest: image.manifest, mediaType };
  }
  const isDocker = !oci && layers.every(({ mediaType }) => /[.+]gzip$/.test(mediaType));
  const types = isDocker ? DOCKER : OCI;
  const record = {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, size: config.size, digest: config.digest },
    layers: layers.map(({ digest, size, mediaType }) => ({
      mediaType: types.layer ?? ociType(mediaType),
      size,
      digest,
    })),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  // As dockerd writes it, so that a dockerd that pulls and pushes it again names it by the same digest.
  const text = JSON.stringify(record, null, 3);
  return { bytes: Buffer.from(text), digest: sha256(text), mediaType: types.manifest };
}

/** A manifest that was pushed, and what its image runs on. */
export interface PlatformManifest extends PushManifest {
  readonly platform: Platform;
}

/** The index of manifests as a registry has them: the one that is here where it tells of just these, so that its digest stays. */
export async function indexFor(
  index: ImageIndex,
  pushed: readonly PlatformManifest[],
  blobs: BlobStore,
): Promise<PushManifest> {
  const isSame =
    pushed.length === index.images.length && pushed.every(({ digest }, i) => digest === index.images[i]!.manifest);
  if (isSame) return { bytes: await blobs.read(index.digest), digest: index.digest, mediaType: index.mediaType };
  const { text, mediaType } = encodeIndex(
    pushed.map(({ bytes, ...manifest }) => ({ ...manifest, size: bytes.length })),
  );
  return { bytes: Buffer.from(text), digest: sha256(text), mediaType };
}

/** Gives a manifest its name in the repository, a tag or its own digest (OCI distribution-spec, Pushing Manifests). */
export async function putManifest(
  connection: RegistryConnection,
  { bytes, digest, mediaType }: PushManifest,
  tag: string,
  signal: AbortSignal,
): Promise<void> {
  const url = connection.url(`manifests/${tag}`);
  const headers = { 'Content-Type': mediaType, 'Content-Length': String(bytes.length) };
  const answer = await connection.send(url, { method: 'PUT', headers, body: async () => bytes }, signal);
  if (answer.status !== 201) {
    const isBasic = /^basic /i.test(String(answer.headers['www-authenticate'] ?? ''));
    throw pushRefused(await connection.refusal(answer), url, isBasic);
  }
  answer.body.resume();
  const stored = answer.headers['docker-content-digest'];
  if (stored === undefined || stored === digest) return;
  throw invalid({
    code: 'manifest-digest-differs',
    message: `${connection.host} stored the manifest as ${String(stored)}, expected ${digest}`,
    subject: digest,
  });
}

const DOCKER = {
  manifest: MediaType.dockerManifest,
  config: MediaType.dockerConfig,
  layer: MediaType.dockerLayerGzip,
} as const;
const OCI = { manifest: MediaType.ociManifest, config: MediaType.ociConfig, layer: undefined } as const;

/** The OCI's name for what Docker calls otherwise. */
function ociType(mediaType: string): string {
  if (mediaType === MediaType.dockerLayerGzip) return MediaType.ociLayerGzip;
  return mediaType.startsWith('application/vnd.docker.') ? MediaType.ociLayer : mediaType;
}
