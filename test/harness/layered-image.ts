import { createHash } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { imageLayout } from '../../scripts/fixtures/cache.mjs';
import { blobPath, type Descriptor, readLayout } from '../../scripts/fixtures/layout.mjs';
import { push } from '../../scripts/fixtures/push.mjs';

/** An image of busybox's layers and others, each an uncompressed tar. */
export interface LayeredImage {
  /** `NAME:TAG`. */
  readonly reference: string;
  readonly below?: readonly Buffer[];
  readonly above?: readonly Buffer[];
}

/** Pushes it as `library/NAME:TAG` to the registry at `url`; `layout` is a folder for it that does not exist yet. */
export async function pushOnBusybox(
  url: string,
  layout: string,
  { reference, below = [], above = [] }: LayeredImage,
): Promise<void> {
  await cp(await imageLayout('busybox'), layout, { recursive: true });
  const base = await readLayout(layout);
  const store = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const digest = digestOf(bytes);
    await writeFile(blobPath(layout, digest), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const json = (mediaType: string, value: object): Promise<Descriptor> =>
    store(mediaType, Buffer.from(JSON.stringify(value)));
  const image = JSON.parse(await readFile(blobPath(layout, base.config.digest), 'utf8'));
  image.rootfs.diff_ids = [...below.map(digestOf), ...image.rootfs.diff_ids, ...above.map(digestOf)];
  image.history = image.rootfs.diff_ids.map((diffId: string) => ({ created_by: diffId }));
  const packed = (layers: readonly Buffer[]): Promise<Descriptor[]> =>
    Promise.all(layers.map((layer) => store(base.layers[0]!.mediaType, gzipSync(layer, { level: 1 }))));
  const layers = [...(await packed(below)), ...base.layers, ...(await packed(above))];
  const config = await json(base.config.mediaType, image);
  const { mediaType } = base.manifest;
  const manifest = await json(mediaType, { schemaVersion: 2, mediaType, config, layers });
  const index = await json(base.index.mediaType, {
    schemaVersion: 2,
    mediaType: base.index.mediaType,
    manifests: [{ ...manifest, platform: base.manifest.platform }],
  });
  const named = { ...index, annotations: { 'org.opencontainers.image.ref.name': reference } };
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  await push(url, layout);
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
