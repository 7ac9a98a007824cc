import { type Index, type Manifest, parseManifest } from '../../core/image/manifest.ts';
import { type Platform, pickPlatform } from '../../core/image/platform.ts';
import type { IndexEntry } from '../store/blob-store.ts';
import { archiveInvalid } from './archive-error.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { readJson } from './image-table.ts';
import { CONTAINERD_NAME, REF_NAME } from './layout-annotations.ts';
import { archivedImage, loadIndex } from './load-index.ts';
import {
  blobPath,
  fileOfDescriptor,
  isWanted,
  type LoadedImage,
  type LoadOptions,
  loadOne,
  readLayoutIndex,
} from './load-one.ts';

/** As many indexes of indexes as are looked through. */
const DEEPEST = 4;

type Named = Pick<IndexEntry, 'digest' | 'size'>;

/** The images of an OCI image layout in a tar: of all platforms where it holds several, else the one for `platform`. */
export async function loadLayout(files: ArchiveFiles, options: LoadOptions): Promise<LoadedImage[]> {
  const loaded: LoadedImage[] = [];
  for (const entry of await readLayoutIndex(files)) {
    const image = (await loadPlatforms(files, entry, options)) ?? (await loadPlatform(files, entry, options));
    if (image !== undefined) loaded.push(image);
  }
  if (loaded.length > 0) return loaded;
  throw archiveInvalid('index.json', 'has no image for this platform');
}

/** The images of an entry that is an index, where the archive holds more than one of them, or the only one that is wanted. */
export async function loadPlatforms(
  files: ArchiveFiles,
  entry: IndexEntry,
  options: LoadOptions,
): Promise<LoadedImage | undefined> {
  if (!files.has(blobPath(entry.digest))) return undefined;
  const value = await readManifest(files, entry);
  if (value.kind !== 'index') return undefined;
  if (options.only !== undefined) return loadPlatform(files, entry, options);
  return loadIndex(files, { ...value, digest: entry.digest }, namesOf(entry), options);
}

async function loadPlatform(
  files: ArchiveFiles,
  entry: IndexEntry,
  options: LoadOptions,
): Promise<LoadedImage | undefined> {
  const found = await findManifest(files, entry, options.platform, DEEPEST);
  if (found === undefined) return undefined;
  const archived = { ...archivedImage(files, found.digest, found.manifest), names: namesOf(entry) };
  return (await isWanted(archived, options)) ? loadOne(archived, options) : undefined;
}

async function readManifest(files: ArchiveFiles, named: Named): Promise<Manifest | Index> {
  const path = blobPath(named.digest);
  fileOfDescriptor(files, named);
  const parsed = parseManifest(readJson(await files.bytes(path)));
  if (parsed.ok) return parsed.value;
  throw archiveInvalid(path, `is no manifest: ${parsed.problems.join('; ')}`);
}

async function findManifest(
  files: ArchiveFiles,
  named: Named,
  platform: Platform,
  depth: number,
): Promise<{ manifest: Manifest; digest: Named['digest'] } | undefined> {
  const value = await readManifest(files, named);
  if (value.kind === 'manifest') return { manifest: value, digest: named.digest };
  if (depth === 0) throw archiveInvalid(blobPath(named.digest), `is an index below ${DEEPEST} others`);
  const [first, ...others] = value.manifests;
  const isOnly = others.length === 0 && first?.platform === undefined;
  const chosen = isOnly ? first : pickPlatform(value.manifests, platform);
  // An archive need not hold the platforms that nobody asked for.
  return chosen === undefined ? undefined : findManifest(files, chosen, platform, depth - 1);
}

/** The whole reference; a bare word is a tag without a repository, which names nothing. */
function namesOf({ annotations }: IndexEntry): string[] {
  const name = annotations?.[CONTAINERD_NAME] ?? annotations?.[REF_NAME] ?? '';
  return /[/:]/.test(name) ? [name] : [];
}
