import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { readContext } from '../../core/disk/read-context.ts';
import { sha256 } from '../../core/disk/sha256.ts';
import { asDiffId, asImageId, chainIds } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import type { Platform } from '../../core/image/platform.ts';
import { type PackItem, pack } from '../archive/pack.ts';
import type { Image } from '../images/image-store.ts';
import type { BuildFloor } from './floor.ts';
import { refuseIgnoreProblems } from './plan-refusals.ts';
import { fromScratch } from './stage-state.ts';

/**
 * The files of a folder as an image of one layer, which stands for the folder in FROM, `--from` and mounts
 * (`--build-context NAME=FOLDER`): root's, through the folder's own .dockerignore. No record of the image is made.
 */
export async function imageOfFolder(
  folder: string,
  {
    floor,
    platform,
    signal,
  }: { readonly floor: BuildFloor; readonly platform: Platform; readonly signal: AbortSignal },
): Promise<Image> {
  const read = await readContext(folder, join(folder, 'Dockerfile'), signal);
  refuseIgnoreProblems(read);
  const { tree } = read;
  const items: PackItem[] = [];
  const add = async (parent: string): Promise<void> => {
    for (const { path, type, mode } of tree.children(parent)) {
      if (type === 'other') continue;
      const full = join(folder, path);
      const stats = await lstat(full, { bigint: true });
      const as = { mode: type === 'symlink' ? 0o777 : mode, uid: 0, gid: 0 };
      items.push({ name: Buffer.from(path), path: Buffer.from(full), stats, as });
      if (type === 'directory') await add(path);
    }
  };
  await add('');
  using pin = floor.blobs.pin();
  const { digest } = await floor.blobs.put(pack(items), { pin }, signal);
  const layer = await floor.images.addLayer(digest, {
    diffId: asDiffId(digest),
    mediaType: MediaType.ociLayer,
    signal,
  });
  return namelessImage(layer, platform);
}

function namelessImage(layer: Image['layers'][number], platform: Platform): Image {
  return {
    id: asImageId(sha256(`folder ${layer.diffId}`)),
    layers: [layer],
    chain: chainIds([layer.diffId], sha256),
    manifest: sha256(`no manifest of ${layer.diffId}`),
    parent: undefined,
    config: { ...fromScratch(platform).config, rootfs: { type: 'layers', diff_ids: [layer.diffId] } },
  };
}
