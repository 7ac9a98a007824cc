import type { DiffId } from '../../core/image/digest.ts';
import type { Descriptor } from '../../core/image/manifest.ts';
import { type Platform, platformDistance } from '../../core/image/platform.ts';
import { familiarReference, parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import type { ArchiveLimits } from '../archive/limits.ts';
import type { BlobStore, IndexEntry } from '../store/blob-store.ts';
import { parseIndex } from '../store/layout-index.ts';
import { archiveInvalid, blaming } from './archive-error.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import type { Image, ImageStore, RegisteredImage } from './image-store.ts';
import { readConfig } from './image-table.ts';

export interface LoadOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  /** Which image of an index is taken. */
  readonly platform: Platform;
  /** Images for others are left out; of all of them where undefined. */
  readonly only?: Platform | undefined;
  readonly limits: ArchiveLimits;
  /** Told before a layer is unpacked and after. */
  readonly onLayer?: ((layer: LoadingLayer) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How far the loading of a layer is, bytes. */
export interface LoadingLayer {
  readonly diffId: DiffId;
  readonly current: number;
  readonly total: number;
}

/** An image that an archive brought, with its names. */
export interface LoadedImage {
  readonly image: Image;
  /** Familiar, with tags. */
  readonly names: readonly string[];
  /** References that meant another image before, with that one. */
  readonly renamed: readonly { readonly name: string; readonly id: string }[];
}

/** An image of the archive, by the files that it is made of. */
export interface ArchivedImage {
  readonly config: ArchiveFile;
  /** Lowest first. */
  readonly layers: readonly { readonly file: ArchiveFile; readonly mediaType?: string | undefined }[];
  readonly names: readonly string[];
  readonly manifest?: RegisteredImage['manifest'];
}

/** Whether an image of the archive is for the only platform that is wanted. */
export async function isWanted({ config }: ArchivedImage, { only, blobs, limits }: LoadOptions): Promise<boolean> {
  if (only === undefined) return true;
  const platform = await blaming(config.entry, async () =>
    readConfig(await blobs.read(config.digest, limits.documentBytes), config.digest),
  );
  return platformDistance(only, platform) !== undefined;
}

/** Takes an image over from an archive, unpacking its layers. What fails half-way gives back what it added. */
export async function loadOne(archived: ArchivedImage, options: LoadOptions): Promise<LoadedImage> {
  const { images, blobs, limits, signal } = options;
  const { config, layers, manifest } = archived;
  const { rootfs } = await blaming(config.entry, async () =>
    readConfig(await blobs.read(config.digest, limits.documentBytes), config.digest),
  );
  const diffIds = rootfs.diff_ids;
  if (layers.length !== diffIds.length) {
    throw archiveInvalid(config.entry, `tells of ${diffIds.length} layers, but the image has ${layers.length}`);
  }
  if (layers.length > limits.imageLayers) {
    throw archiveInvalid(config.entry, `has ${layers.length} layers, more than ${limits.imageLayers}, the limit`);
  }
  const held = images.hold(diffIds);
  try {
    for (const [i, { file, mediaType }] of layers.entries()) {
      const diffId = diffIds[i]!;
      options.onLayer?.({ diffId, current: 0, total: file.size });
      const over = diffIds.slice(0, i);
      await blaming(file.entry, () => images.addLayer(file.digest, { diffId, mediaType, over, signal }));
      options.onLayer?.({ diffId, current: file.size, total: file.size });
    }
    return await registerLoaded(images, { config: config.digest, manifest, layers: diffIds }, archived.names);
  } catch (error) {
    held[Symbol.dispose]();
    await images.discard(diffIds);
    throw error;
  } finally {
    held[Symbol.dispose]();
  }
}

/** Takes in an image whose layers are there, under the names that the archive has for it. */
export async function registerLoaded(
  images: ImageStore,
  image: Omit<RegisteredImage, 'references'>,
  names: readonly string[],
): Promise<LoadedImage> {
  return underNames(images, names, (references) => images.register({ ...image, references }));
}

/** Gives an image the names that an archive has for it; tells which meant another before. */
export async function underNames(
  images: ImageStore,
  names: readonly string[],
  register: (references: readonly Reference[]) => Promise<Image>,
): Promise<LoadedImage> {
  const references = names.flatMap(readName);
  const familiar = references.map(familiarReference);
  const before = familiar.map((name) => ({ name, id: images.find(name)?.id }));
  const loaded = await register(references);
  const renamed = before.flatMap(({ name, id }) => (id === undefined || id === loaded.id ? [] : [{ name, id }]));
  return { image: loaded, names: familiar, renamed };
}

/** A name of an archive; one that is no reference names nothing. */
function readName(text: string): Reference[] {
  const parsed = parseReference(text);
  return parsed.ok && parsed.reference.digest === undefined ? [withDefaultTag(parsed.reference)] : [];
}

/** The blob that a descriptor names, as a file of the archive of the size that it says. */
export function fileOfDescriptor(
  files: ArchiveFiles,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
): ArchiveFile {
  const file = files.get(blobPath(digest));
  if (file.digest !== digest) throw archiveInvalid(file.entry, `has the digest ${file.digest}: it is damaged`);
  if (file.size === size) return file;
  throw archiveInvalid(file.entry, `has ${file.size} bytes, but is said to have ${size}`);
}

/** Entries of the layout's `index.json`. Error: EngineError `invalid`. */
export async function readLayoutIndex(files: ArchiveFiles): Promise<IndexEntry[]> {
  const text = (await files.bytes('index.json')).toString();
  try {
    return parseIndex(text);
  } catch (cause) {
    throw archiveInvalid('index.json', 'is not what an OCI image layout has', cause);
  }
}

/** Where an OCI image layout keeps a blob. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
