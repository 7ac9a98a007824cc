import { type Manifest, parseManifest } from '../../core/image/manifest.ts';
import { isLayerType } from '../../core/image/media-types.ts';
import { type Platform, pickPlatform } from '../../core/image/platform.ts';
import type { IndexEntry } from '../store/blob-store.ts';
import { archiveInvalid } from './archive-error.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { readJson } from './image-table.ts';
import { CONTAINERD_NAME, REF_NAME } from './layout-annotations.ts';
import {
  blobPath,
  fileOfDescriptor,
  type LoadedImage,
  type LoadOptions,
  loadOne,
  readLayoutIndex,
} from './load-one.ts';

/** As many indexes of indexes as are looked through. */
const DEEPEST = 4;

type Named = Pick<IndexEntry, 'digest' | 'size'>;

/** The images of an OCI image layout in a tar, one platform of each. */
export async function loadLayout(files: ArchiveFiles, options: LoadOptions): Promise<LoadedImage[]> {
  const loaded: LoadedImage[] = [];
  for (const entry of await readLayoutIndex(files)) {
    const found = await findManifest(files, entry, options.platform, DEEPEST);
    if (found === undefined) continue;
    const { manifest, digest } = found;
    const layers = manifest.layers.map((descriptor) => ({
      file: fileOfDescriptor(files, descriptor),
      mediaType: isLayerType(descriptor.mediaType) ? descriptor.mediaType : undefined,
    }));
    const config = fileOfDescriptor(files, manifest.config);
    const kept = { digest, mediaType: manifest.mediaType };
    loaded.push(await loadOne({ config, layers, names: namesOf(entry), manifest: kept }, options));
  }
  if (loaded.length > 0) return loaded;
  throw archiveInvalid('index.json', 'has no image for this platform');
}

async function findManifest(
  files: ArchiveFiles,
  named: Named,
  platform: Platform,
  depth: number,
): Promise<{ manifest: Manifest; digest: Named['digest'] } | undefined> {
  const path = blobPath(named.digest);
  fileOfDescriptor(files, named);
  const parsed = parseManifest(readJson(await files.bytes(path)));
  if (!parsed.ok) throw archiveInvalid(path, `is no manifest: ${parsed.problems.join('; ')}`);
  if (parsed.value.kind === 'manifest') return { manifest: parsed.value, digest: named.digest };
  if (depth === 0) throw archiveInvalid(path, `is an index below ${DEEPEST} others`);
  const [first, ...others] = parsed.value.manifests;
  const isOnly = others.length === 0 && first?.platform === undefined;
  const chosen = isOnly ? first : pickPlatform(parsed.value.manifests, platform);
  // An archive need not hold the platforms that nobody asked for.
  return chosen === undefined ? undefined : findManifest(files, chosen, platform, depth - 1);
}

/** The whole reference; a bare word is a tag without a repository, which names nothing. */
function namesOf({ annotations }: IndexEntry): string[] {
  const name = annotations?.[CONTAINERD_NAME] ?? annotations?.[REF_NAME] ?? '';
  return /[/:]/.test(name) ? [name] : [];
}
