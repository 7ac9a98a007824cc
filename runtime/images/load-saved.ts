import * as z from 'zod/mini';
import { parseManifest } from '../../core/image/manifest.ts';
import { absentAs } from '../../core/image/schema.ts';
import type { IndexEntry } from '../store/blob-store.ts';
import { archiveInvalid } from './archive-error.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import type { RegisteredImage } from './image-store.ts';
import { readJson } from './image-table.ts';
import { loadPlatforms } from './load-layout.ts';
import {
  blobPath,
  fileOfDescriptor,
  isWanted,
  type LoadedImage,
  type LoadOptions,
  loadOne,
  readLayoutIndex,
} from './load-one.ts';

/** `manifest.json` of `docker save`. */
const SavedImages = z.array(
  z.object({
    Config: z.string(),
    RepoTags: absentAs(z.array(z.string()), [] as string[]),
    Layers: absentAs(z.array(z.string()), [] as string[]),
  }),
);

type Manifests = ReadonlyMap<string, NonNullable<RegisteredImage['manifest']>>;

/** The images of an archive that `docker save`, `podman save` or skopeo (`docker-archive:`) wrote. */
export async function loadSaved(files: ArchiveFiles, options: LoadOptions): Promise<LoadedImage[]> {
  const saved = SavedImages.safeParse(readJson(await files.bytes('manifest.json')));
  if (!saved.success || saved.data.length === 0) {
    throw archiveInvalid('manifest.json', 'is not what docker save writes');
  }
  const entries = files.has('index.json') ? await readLayoutIndex(files) : [];
  const manifests = await manifestsOf(entries, files);
  const loaded: LoadedImage[] = [];
  for (const entry of entries) {
    const image = await loadPlatforms(files, entry, options);
    if (image !== undefined) loaded.push(image);
  }
  const named = new Set(loaded.flatMap(({ names }) => names));
  for (const { Config, RepoTags, Layers } of saved.data) {
    const names = RepoTags.filter((name) => !named.has(name));
    // Names that mean several platforms have all that they mean by now.
    if (RepoTags.length > 0 && names.length === 0) continue;
    const config = files.get(Config);
    const layers = Layers.map((name): { file: ArchiveFile } => ({ file: files.get(name) }));
    const archived = { config, layers, names, manifest: manifests.get(config.digest) };
    if (await isWanted(archived, options)) loaded.push(await loadOne(archived, options));
  }
  if (loaded.length > 0) return loaded;
  throw archiveInvalid('manifest.json', 'has no image for this platform');
}

/** Manifests of the layout inside, by the config that they name: with its own manifest an image keeps its digest. */
async function manifestsOf(entries: readonly IndexEntry[], files: ArchiveFiles): Promise<Manifests> {
  const found = new Map<string, NonNullable<RegisteredImage['manifest']>>();
  for (const entry of entries) {
    if (!files.has(blobPath(entry.digest))) continue;
    fileOfDescriptor(files, entry);
    const parsed = parseManifest(readJson(await files.bytes(blobPath(entry.digest))), entry.mediaType);
    if (!parsed.ok || parsed.value.kind !== 'manifest') continue;
    found.set(parsed.value.config.digest, { digest: entry.digest, mediaType: parsed.value.mediaType });
  }
  return found;
}
