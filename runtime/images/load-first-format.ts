import * as z from 'zod/mini';
import { type HistoryEntry, parseImageConfig } from '../../core/image/config.ts';
import { configDigest, type DiffId } from '../../core/image/digest.ts';
import { absentAs } from '../../core/image/schema.ts';
import { archiveInvalid, blaming } from './archive-error.ts';
import type { ArchiveFile, ArchiveFiles } from './archive-files.ts';
import type { Image } from './image-store.ts';
import { readJson } from './image-table.ts';
import { type LoadedImage, type LoadOptions, registerLoaded } from './load-one.ts';

/** `repositories`: repository → tag → ID of its topmost layer. */
const Repositories = z.record(z.string(), z.record(z.string(), z.string()));

const text = absentAs(z.string(), '');

/** `<id>/json`: a layer of the first image format, each an image of its own. */
const FirstImage = z.looseObject({
  parent: text,
  created: absentAs(z.string(), undefined),
  author: absentAs(z.string(), undefined),
  comment: text,
  container_config: absentAs(z.looseObject({ Cmd: absentAs(z.array(z.string()), [] as string[]) }), undefined),
});

interface FirstLayer {
  readonly id: string;
  readonly entry: string;
  readonly json: z.output<typeof FirstImage>;
  readonly raw: object;
  readonly file: ArchiveFile;
}

/** The images of an archive that has `repositories` only, and one folder for each layer: the first format of `docker save`. */
export async function loadFirstFormat(files: ArchiveFiles, options: LoadOptions): Promise<LoadedImage[]> {
  const repositories = Repositories.safeParse(readJson(await files.bytes('repositories')));
  if (!repositories.success) throw archiveInvalid('repositories', 'is not what docker save writes');
  const named = new Map<string, string[]>();
  for (const [repository, tags] of Object.entries(repositories.data)) {
    for (const [tag, id] of Object.entries(tags)) {
      named.set(id, [...(named.get(id) ?? []), `${repository}:${tag}`]);
    }
  }
  const tops = named.size > 0 ? [...named.keys()] : await leaves(files);
  const loaded: LoadedImage[] = [];
  for (const id of tops) loaded.push(await loadStack(await stackOf(files, id, options), named.get(id) ?? [], options));
  return loaded;
}

/** Without a name: layers that none other stands on. */
async function leaves(files: ArchiveFiles): Promise<string[]> {
  const ids = [...files.names()].flatMap((name) => /^([^/]+)\/json$/.exec(name)?.[1] ?? []);
  const parents = new Set<string>();
  for (const id of ids) parents.add((await readLayer(files, id)).json.parent);
  return ids.filter((id) => !parents.has(id));
}

/** A layer and all that it stands on, lowest first. */
async function stackOf(files: ArchiveFiles, top: string, { limits }: LoadOptions): Promise<FirstLayer[]> {
  const stack: FirstLayer[] = [];
  const seen = new Set<string>();
  for (let id = top; id !== ''; ) {
    const layer = await readLayer(files, id);
    if (seen.has(id)) throw archiveInvalid(layer.entry, 'stands on itself');
    if (seen.size >= limits.imageLayers) {
      throw archiveInvalid(layer.entry, `is one layer more than ${limits.imageLayers}, the limit`);
    }
    seen.add(id);
    stack.push(layer);
    id = layer.json.parent;
  }
  return stack.reverse();
}

async function readLayer(files: ArchiveFiles, id: string): Promise<FirstLayer> {
  const entry = `${id}/json`;
  const raw = readJson(await files.bytes(entry));
  const json = FirstImage.safeParse(raw);
  if (!json.success || typeof raw !== 'object' || raw === null)
    throw archiveInvalid(entry, 'is not what docker save writes');
  return { id, entry, json: json.data, raw, file: files.get(`${id}/layer.tar`) };
}

async function loadStack(
  stack: readonly FirstLayer[],
  names: readonly string[],
  { images, onLayer, signal }: LoadOptions,
): Promise<LoadedImage> {
  const diffIds: DiffId[] = [];
  const holds: Disposable[] = [];
  try {
    for (const { file } of stack) {
      // Which layer it is shows only once it has been read: its file is kept by this load until then.
      const { diffId } = await blaming(file.entry, () => images.addLayer(file.digest, { signal }));
      onLayer?.({ diffId, current: 0, total: file.size });
      diffIds.push(diffId);
      holds.push(images.hold([...diffIds]));
      await blaming(file.entry, () => images.addLayer(file.digest, { diffId, over: diffIds.slice(0, -1), signal }));
      onLayer?.({ diffId, current: file.size, total: file.size });
    }
    const { id } = await createImage(stack, diffIds, images);
    return await registerLoaded(images, { config: configDigest(id), layers: diffIds }, names);
  } catch (error) {
    for (const held of holds) held[Symbol.dispose]();
    await images.discard(diffIds);
    throw error;
  } finally {
    for (const held of holds) held[Symbol.dispose]();
  }
}

/** The image's config is that of its topmost layer; each layer is a step of its history. */
async function createImage(
  stack: readonly FirstLayer[],
  diffIds: readonly DiffId[],
  images: LoadOptions['images'],
): Promise<Image> {
  const top = stack.at(-1)!;
  const history = stack.map(
    ({ json }): HistoryEntry => ({
      created: json.created,
      created_by: (json.container_config?.Cmd ?? []).join(' '),
      author: json.author,
      comment: json.comment,
      empty_layer: false,
    }),
  );
  const parsed = parseImageConfig({ ...top.raw, rootfs: { type: 'layers', diff_ids: diffIds }, history });
  if (!parsed.ok) throw archiveInvalid(top.entry, `cannot be used: ${parsed.problems.join('; ')}`);
  const { rootfs: _, ...config } = parsed.value;
  return images.create({ config, layers: diffIds });
}
