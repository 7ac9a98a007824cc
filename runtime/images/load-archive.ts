import { posix } from 'node:path';
import { Readable } from 'node:stream';
import * as z from 'zod/mini';
import type { Digest } from '../../core/image/digest.ts';
import { parseManifest } from '../../core/image/manifest.ts';
import { type Platform, pickPlatform } from '../../core/image/platform.ts';
import { parseReference, type Reference, withDefaultTag } from '../../core/image/reference.ts';
import { absentAs } from '../../core/image/schema.ts';
import { decompress } from '../archive/compression.ts';
import { TarReader } from '../archive/tar-reader.ts';
import { invalid } from '../errors.ts';
import type { BlobInfo, BlobStore } from '../store/blob-store.ts';
import { parseIndex } from '../store/layout-index.ts';
import type { Image, ImageStore } from './image-store.ts';
import { readConfig, readJson } from './image-table.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const CONTAINERD_NAME = 'io.containerd.image.name';

/** `manifest.json` of `docker save`. */
const SavedImages = z.array(
  z.object({
    Config: z.string(),
    RepoTags: absentAs(z.array(z.string()), [] as string[]),
    Layers: absentAs(z.array(z.string()), [] as string[]),
  }),
);

export interface LoadOptions {
  readonly images: ImageStore;
  readonly blobs: BlobStore;
  /** Which image of an index is taken. */
  readonly platform: Platform;
  readonly signal?: AbortSignal | undefined;
}

/** An image that an archive brought, with its names, familiar or not, as the archive has them. */
export interface LoadedImage {
  readonly image: Image;
  readonly names: readonly string[];
}

/**
 * Takes in the images of a `docker save` archive or of an OCI layout in a tar, compressed or not, in any order of its
 * entries and in constant memory. Error: EngineError `invalid` for an archive that holds no image; nothing stays then.
 */
export async function loadArchive(archive: Readable, options: LoadOptions): Promise<LoadedImage[]> {
  const files = new ArchiveFiles(options.blobs);
  try {
    await files.read(archive, options.signal);
    if (files.has('manifest.json')) return await loadSaved(files, options);
    if (files.has('index.json')) return await loadLayout(files, options);
    throw invalid({
      code: 'archive-without-images',
      message: 'the archive holds no image: it has neither manifest.json (docker save) nor index.json (OCI layout)',
    });
  } finally {
    await files.release(options.images);
  }
}

/** The files of an archive, each a blob until `release`. */
class ArchiveFiles {
  readonly #files = new Map<string, BlobInfo>();
  readonly #links = new Map<string, string>();
  readonly #new = new Set<Digest>();

  constructor(private readonly blobs: BlobStore) {}

  async read(archive: Readable, signal?: AbortSignal): Promise<void> {
    const present = new Set((await this.blobs.list()).map(({ digest }) => digest));
    const reader = new TarReader(await decompress(archive, signal));
    for (let entry = await reader.next(); entry !== undefined; entry = await reader.next()) {
      const name = posix.normalize(entry.name.toString());
      if (entry.type === 'symlink') {
        this.#links.set(name, posix.normalize(posix.join(posix.dirname(name), entry.linkname.toString())));
      } else if (entry.type === 'hardlink') {
        this.#links.set(name, posix.normalize(entry.linkname.toString()));
      } else if (entry.type === 'file') {
        const info = await this.blobs.put(Readable.from(contentOf(reader), { objectMode: false }), {}, signal);
        if (!present.has(info.digest)) this.#new.add(info.digest);
        this.#files.set(name, info);
      }
    }
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  get(name: string): BlobInfo {
    const found = this.#find(name);
    if (found !== undefined) return found;
    throw invalid({
      code: 'archive-incomplete',
      message: `the archive has no file ${name}, which it speaks of`,
      subject: name,
    });
  }

  async json(name: string): Promise<unknown> {
    return readJson(await this.blobs.read(this.get(name).digest));
  }

  bytes(name: string): Promise<Buffer> {
    return this.blobs.read(this.get(name).digest);
  }

  /** Removes what no image took over. */
  async release(images: ImageStore): Promise<void> {
    const taken = new Set<string>();
    for (const { Id } of images.list({ all: true })) taken.add(Id).add(images.get(Id)?.manifest ?? Id);
    for (const digest of this.#new) {
      if (!taken.has(digest) && images.layerOfBlob(digest) === undefined) await this.blobs.delete(digest);
    }
  }

  #find(name: string): BlobInfo | undefined {
    const path = posix.normalize(name);
    return this.#files.get(path) ?? this.#files.get(this.#links.get(path) ?? path);
  }
}

async function* contentOf(reader: TarReader): AsyncGenerator<Buffer> {
  for (let part = await reader.read(); part !== undefined; part = await reader.read()) yield part;
}

async function loadSaved(files: ArchiveFiles, options: LoadOptions): Promise<LoadedImage[]> {
  const saved = SavedImages.safeParse(await files.json('manifest.json'));
  if (!saved.success) throw damaged('manifest.json is not what docker save writes');
  const loaded: LoadedImage[] = [];
  for (const { Config, RepoTags, Layers } of saved.data) {
    const config = files.get(Config);
    loaded.push(
      await loadOne(
        config,
        Layers.map((name) => ({ blob: files.get(name).digest })),
        RepoTags,
        options,
      ),
    );
  }
  return loaded;
}

async function loadLayout(files: ArchiveFiles, options: LoadOptions): Promise<LoadedImage[]> {
  const loaded: LoadedImage[] = [];
  for (const entry of parseIndex((await files.bytes('index.json')).toString())) {
    const name = entry.annotations?.[CONTAINERD_NAME] ?? entry.annotations?.[REF_NAME];
    const manifest = await readLayoutManifest(files, entry.digest, options.platform);
    if (manifest === undefined) continue;
    const layers = manifest.layers.map(({ digest, mediaType }) => ({
      blob: files.get(blobPath(digest)).digest,
      mediaType,
    }));
    loaded.push(
      await loadOne(files.get(blobPath(manifest.config.digest)), layers, name === undefined ? [] : [name], options),
    );
  }
  if (loaded.length > 0) return loaded;
  throw damaged('it has no image for this platform');
}

async function readLayoutManifest(files: ArchiveFiles, digest: Digest, platform: Platform) {
  const parsed = parseManifest(await files.json(blobPath(digest)));
  if (!parsed.ok) throw damaged(parsed.problems.join('; '));
  if (parsed.value.kind === 'manifest') return parsed.value;
  const chosen = pickPlatform(parsed.value.manifests, platform);
  if (chosen === undefined) return undefined;
  const inner = parseManifest(await files.json(blobPath(chosen.digest)));
  return inner.ok && inner.value.kind === 'manifest' ? inner.value : undefined;
}

async function loadOne(
  config: BlobInfo,
  layers: readonly { readonly blob: Digest; readonly mediaType?: string }[],
  names: readonly string[],
  { images, blobs, signal }: LoadOptions,
): Promise<LoadedImage> {
  const { rootfs } = readConfig(await blobs.read(config.digest), config.digest);
  const diffIds = rootfs.diff_ids;
  if (layers.length !== diffIds.length)
    throw damaged(`an image has ${layers.length} layers, its config ${diffIds.length}`);
  const held = images.hold(diffIds);
  try {
    for (const [i, { blob, mediaType }] of layers.entries()) {
      await images.addLayer(blob, { diffId: diffIds[i], mediaType, over: diffIds.slice(0, i), signal });
    }
    const image = await images.register({
      config: config.digest,
      layers: diffIds,
      references: names.flatMap(readName),
    });
    return { image, names };
  } catch (error) {
    held[Symbol.dispose]();
    await images.discard(diffIds);
    throw error;
  } finally {
    held[Symbol.dispose]();
  }
}

/** A name of an archive; one that is no reference, such as a tag alone, names nothing. */
function readName(text: string): Reference[] {
  const parsed = parseReference(text);
  return parsed.ok && parsed.reference.digest === undefined ? [withDefaultTag(parsed.reference)] : [];
}

function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function damaged(what: string): Error {
  return invalid({ code: 'archive-invalid', message: `the archive cannot be loaded: ${what}` });
}
