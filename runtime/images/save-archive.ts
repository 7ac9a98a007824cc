import { Readable } from 'node:stream';
import { configDigest, type DiffId, type Digest, digestHex } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { familiarName, familiarReference, formatReference, type Reference } from '../../core/image/reference.ts';
import { paddingOf, tarEntry } from '../archive/tar-entry.ts';
import { END_OF_ARCHIVE, encodeEntry } from '../archive/tar-writer.ts';
import type { BlobStore } from '../store/blob-store.ts';
import type { Image, ImageStore } from './image-store.ts';
import { CONTAINERD_NAME, REF_NAME } from './layout-annotations.ts';
import type { SavedImage } from './saved-images.ts';

export interface SaveOptions {
  readonly images: Pick<ImageStore, 'hold'>;
  readonly blobs: BlobStore;
  readonly signal?: AbortSignal | undefined;
}

/** A file of the archive: small ones are in memory, layers stay in the store until they are written. */
type ArchiveFile =
  | { readonly name: string; readonly content: Buffer }
  | { readonly name: string; readonly blob: Digest; readonly size: number };

const BLOBS = 'blobs/sha256';

/**
 * Writes images as `docker save` does since Docker 25: an OCI image layout which also has the `manifest.json` and
 * `repositories` of older archives, so that every Docker, Podman and skopeo reads it. Blobs are written as the store has
 * them, each once; their bytes are verified on the way. What can be known beforehand fails beforehand.
 */
export async function saveArchive(saved: readonly SavedImage[], options: SaveOptions): Promise<Readable> {
  const held = options.images.hold(imagesOf(saved).flatMap(({ layers }) => layers.map(({ diffId }): DiffId => diffId)));
  try {
    const files = await archiveFiles(saved, options.blobs);
    const archive = Readable.from(archiveBytes(files, held, options), { objectMode: false, highWaterMark: 1 << 20 });
    // A stream that is let go before it was read never comes to the end of its generator.
    return archive.once('close', () => held[Symbol.dispose]());
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

async function archiveFiles(saved: readonly SavedImage[], blobs: BlobStore): Promise<ArchiveFile[]> {
  const contents = new Map<string, ArchiveFile>();
  for (const { digest } of saved.flatMap(({ indexes }) => [...indexes.values()])) {
    contents.set(blobName(digest), { name: blobName(digest), content: await blobs.read(digest) });
  }
  for (const image of imagesOf(saved)) {
    for (const digest of [configDigest(image.id), image.manifest]) {
      const name = blobName(digest);
      contents.set(name, { name, content: await blobs.read(digest) });
    }
    for (const { blob } of image.layers) {
      const name = blobName(blob);
      contents.set(name, { name, blob, size: (await blobs.stat(blob)).size });
    }
  }
  const documents: readonly (readonly [string, unknown])[] = [
    ['index.json', await layoutIndex(saved, blobs)],
    ['manifest.json', saved.map(manifestEntry)],
    ['oci-layout', { imageLayoutVersion: '1.0.0' }],
    ['repositories', repositories(saved)],
  ];
  return [
    ...[...contents.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ...documents
      .filter(([name, value]) => name !== 'repositories' || Object.keys(value as object).length > 0)
      .map(([name, value]) => ({ name, content: Buffer.from(JSON.stringify(value)) })),
  ];
}

/** All images that go into the archive, those of other platforms too. */
function imagesOf(saved: readonly SavedImage[]): Image[] {
  const all = saved.flatMap(({ image, indexes }) => [image, ...[...indexes.values()].flatMap(({ images }) => images)]);
  return [...new Map(all.map((image) => [image.id, image])).values()];
}

async function* archiveBytes(
  files: readonly ArchiveFile[],
  held: Disposable,
  { blobs, signal }: SaveOptions,
): AsyncGenerator<Buffer> {
  try {
    yield encodeEntry(tarEntry({ name: 'blobs', type: 'directory' }));
    yield encodeEntry(tarEntry({ name: BLOBS, type: 'directory' }));
    for (const file of files) {
      const size = 'content' in file ? file.content.length : file.size;
      yield encodeEntry(tarEntry({ name: file.name, size }));
      if ('content' in file) yield file.content;
      else {
        for await (const chunk of await blobs.openVerified(file.blob)) {
          signal?.throwIfAborted();
          yield chunk;
        }
      }
      yield Buffer.alloc(paddingOf(size));
    }
    yield END_OF_ARCHIVE;
  } finally {
    held[Symbol.dispose]();
  }
}

/** One entry for each tag, as containerd and Docker name them; one without a name for an image that has none. */
async function layoutIndex(saved: readonly SavedImage[], blobs: BlobStore) {
  const manifests = [];
  for (const { image, tags, indexes } of saved) {
    const { digest, size } = await blobs.stat(image.manifest);
    const mediaType = mediaTypeOf(await blobs.read(image.manifest));
    const entry = { mediaType, digest, size };
    if (tags.length === 0) manifests.push(entry);
    for (const tag of tags) {
      const annotations = { [CONTAINERD_NAME]: formatReference(tag), [REF_NAME]: tag.tag ?? '' };
      const index = indexes.get(tag);
      const named =
        index === undefined ? entry : { mediaType: index.mediaType, digest: index.digest, size: index.size };
      manifests.push({ ...named, annotations });
    }
  }
  return { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests };
}

function mediaTypeOf(manifest: Buffer): string {
  const value: unknown = JSON.parse(manifest.toString());
  const said = typeof value === 'object' && value !== null && 'mediaType' in value ? value.mediaType : undefined;
  return typeof said === 'string' ? said : MediaType.ociManifest;
}

function manifestEntry({ image, tags }: SavedImage) {
  return {
    Config: blobName(configDigest(image.id)),
    RepoTags: tags.length === 0 ? null : tags.map(familiarReference),
    Layers: image.layers.map(({ blob }) => blobName(blob)),
  };
}

/** What the first archives of `docker save` had: repository → tag → topmost layer. */
function repositories(saved: readonly SavedImage[]): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {};
  const add = (reference: Reference, image: Image): void => {
    const top = image.layers.at(-1);
    if (top === undefined || reference.tag === undefined) return;
    const name = familiarName(reference);
    found[name] = { ...found[name], [reference.tag]: digestHex(top.blob) };
  };
  for (const { image, tags } of saved) for (const tag of tags) add(tag, image);
  return found;
}

function blobName(digest: Digest): string {
  return `${BLOBS}/${digestHex(digest)}`;
}
