import { asImageId, type ImageId } from '../../core/image/digest.ts';
import { type Descriptor, type Index, type Manifest, parseManifest } from '../../core/image/manifest.ts';
import { isLayerType } from '../../core/image/media-types.ts';
import { archiveInvalid } from './archive-error.ts';
import type { ArchiveFiles } from './archive-files.ts';
import type { BroughtIndex } from './image-store.ts';
import { readJson } from './image-table.ts';
import {
  type ArchivedImage,
  blobPath,
  fileOfDescriptor,
  type LoadedImage,
  type LoadOptions,
  loadOne,
  underNames,
} from './load-one.ts';

/** The image that a manifest of an archive tells of, without a name. */
export function archivedImage(
  files: ArchiveFiles,
  digest: Descriptor['digest'],
  { mediaType, config, layers }: Manifest,
): ArchivedImage {
  return {
    config: fileOfDescriptor(files, config),
    layers: layers.map((layer) => ({
      file: fileOfDescriptor(files, layer),
      mediaType: isLayerType(layer.mediaType) ? layer.mediaType : undefined,
    })),
    names: [],
    manifest: { digest, mediaType },
  };
}

/**
 * Takes in the images of all platforms that an index tells of, under its names; undefined where the archive has not more
 * than one of them, as it may. What fails half-way leaves none of them.
 */
export async function loadIndex(
  files: ArchiveFiles,
  brought: BroughtIndex & Pick<Index, 'manifests'>,
  names: readonly string[],
  options: LoadOptions,
): Promise<LoadedImage | undefined> {
  const { images } = options;
  const archived: ArchivedImage[] = [];
  for (const descriptor of brought.manifests) {
    const manifest = await wholeManifest(files, descriptor);
    if (manifest !== undefined) archived.push(archivedImage(files, descriptor.digest, manifest));
  }
  if (archived.length < 2) return undefined;
  const ids = archived.map(({ config }) => asImageId(config.digest));
  const fresh = ids.filter((id) => images.get(id) === undefined);
  const making = images.making(ids);
  try {
    for (const image of archived) await loadOne(image, options);
    return await underNames(images, names, (references) => images.combine(ids, references, brought));
  } catch (error) {
    making[Symbol.dispose]();
    await removeAll(fresh, options);
    throw error;
  } finally {
    making[Symbol.dispose]();
  }
}

/** The manifest of an image that the archive holds with all its blobs. */
async function wholeManifest(
  files: ArchiveFiles,
  { digest, size, platform }: Descriptor,
): Promise<Manifest | undefined> {
  const path = blobPath(digest);
  // Attestations stand beside the images that they are about.
  if (platform === undefined || platform.os === 'unknown' || !files.has(path)) return undefined;
  fileOfDescriptor(files, { digest, size });
  const parsed = parseManifest(readJson(await files.bytes(path)));
  if (!parsed.ok) throw archiveInvalid(path, `is no manifest: ${parsed.problems.join('; ')}`);
  const { value } = parsed;
  if (value.kind === 'index') return undefined;
  return [value.config, ...value.layers].every((each) => files.has(blobPath(each.digest))) ? value : undefined;
}

async function removeAll(ids: readonly ImageId[], { images }: LoadOptions): Promise<void> {
  for (const id of ids) if (images.get(id) !== undefined) await images.remove(id);
}
