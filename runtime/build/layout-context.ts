import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../core/disk/sha256.ts';
import { asImageId, chainIds, type Digest, digestHex } from '../../core/image/digest.ts';
import { type Descriptor, type Index, type Manifest, parseManifest } from '../../core/image/manifest.ts';
import { formatPlatform, type Platform, pickPlatform } from '../../core/image/platform.ts';
import { invalid, notFound } from '../errors.ts';
import type { Image, Layer } from '../images/image-store.ts';
import { readConfig, readJson } from '../images/image-table.ts';
import { REF_NAME } from '../images/layout-annotations.ts';
import { hasErrno } from '../os/errno.ts';
import type { IndexEntry } from '../store/blob-store.ts';
import { parseIndex } from '../store/layout-index.ts';
import type { LayoutContext } from './builder.ts';
import type { BuildFloor } from './floor.ts';

/** Bytes of a manifest or a config, as many as are read of one. */
const MOST_DOCUMENT = 4 << 20;

/**
 * The image of an OCI image layout (OCI image-spec, image-layout.md), which stands for a name in FROM, `--from` and mounts
 * (`--build-context NAME=oci-layout://FOLDER:TAG`). No record of the image is made; its layers come into the store, checked
 * against their digests. Errors: EngineError `invalid` for a folder that is no layout or is damaged, `not-found` for a name
 * or a platform that it does not have.
 */
export async function imageOfLayout(
  layout: LayoutContext,
  options: { readonly floor: BuildFloor; readonly platform: Platform; readonly signal: AbortSignal },
): Promise<Image> {
  const { floor, platform, signal } = options;
  const manifest = await manifestFor(layout, platform);
  const config = readConfig(await documentOf(layout, manifest.config), manifest.config.digest);
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw damaged(
      layout,
      `${manifest.config.digest} tells of ${diffIds.length} layers, not of ${manifest.layers.length}`,
    );
  }
  const layers: Layer[] = [];
  using _held = floor.images.hold(diffIds);
  for (const [i, descriptor] of manifest.layers.entries()) {
    const { digest, size, mediaType } = descriptor;
    using pin = floor.blobs.pin([digest]);
    await fileSize(layout, digest);
    await floor.blobs.put(createReadStream(blobFile(layout, digest)), { digest, size, pin }, signal);
    layers.push(await floor.images.addLayer(digest, { diffId: diffIds[i], mediaType, signal }));
  }
  return {
    id: asImageId(manifest.config.digest),
    config,
    layers,
    chain: chainIds(diffIds, sha256),
    manifest: manifest.digest,
    parent: undefined,
  };
}

async function manifestFor(layout: LayoutContext, platform: Platform): Promise<Manifest & { readonly digest: Digest }> {
  const named = entryOf(layout, await readIndex(layout));
  const top = await manifestOf(layout, named);
  if (top.kind === 'manifest') return { ...top, digest: named.digest };
  const chosen = pickPlatform(top.manifests, platform);
  if (chosen !== undefined) {
    const inner = await manifestOf(layout, chosen);
    if (inner.kind === 'manifest') return { ...inner, digest: chosen.digest };
    throw damaged(layout, `${chosen.digest} is an index in an index`);
  }
  throw notFound({
    code: 'platform-missing',
    message: `the OCI layout ${layout.folder} has no image for ${formatPlatform(platform)} under that name`,
    subject: layout.folder,
  });
}

/** By digest or by tag; without either the only one, else `latest`. */
function entryOf(layout: LayoutContext, entries: readonly IndexEntry[]): Pick<IndexEntry, 'digest' | 'size'> {
  const { digest, folder } = layout;
  const tag = layout.tag ?? (entries.length === 1 ? undefined : 'latest');
  const isNamed = ({ annotations }: IndexEntry): boolean => {
    const name = annotations?.[REF_NAME];
    return tag === undefined || name === tag || name?.endsWith(`:${tag}`) === true;
  };
  const found = entries.find((entry) => (digest === undefined ? isNamed(entry) : entry.digest === digest));
  if (found !== undefined) return found;
  const wanted = digest ?? `${tag}`;
  const message = `the OCI layout ${folder} has no image ${wanted}`;
  throw notFound({ code: 'layout-image-missing', message, subject: folder });
}

async function readIndex(layout: LayoutContext): Promise<IndexEntry[]> {
  try {
    return parseIndex(await readFile(join(layout.folder, 'index.json'), 'utf8'));
  } catch (cause) {
    const message = `${layout.folder} is no OCI image layout: it has no index.json that could be read`;
    throw invalid({ code: 'layout-invalid', message, subject: layout.folder, cause });
  }
}

async function manifestOf(
  layout: LayoutContext,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
): Promise<Manifest | Index> {
  const parsed = parseManifest(readJson(await documentOf(layout, descriptor)));
  if (parsed.ok) return parsed.value;
  throw damaged(layout, `${descriptor.digest} is no manifest: ${parsed.problems.join('; ')}`);
}

async function documentOf(layout: LayoutContext, { digest }: Pick<Descriptor, 'digest'>): Promise<Buffer> {
  const size = await fileSize(layout, digest);
  if (size > MOST_DOCUMENT) throw damaged(layout, `${digest} has ${size} bytes, more than ${MOST_DOCUMENT}`);
  const bytes = await readFile(blobFile(layout, digest));
  const actual = sha256(bytes);
  if (actual === digest) return bytes;
  throw damaged(layout, `${digest} has the digest ${actual}`);
}

async function fileSize(layout: LayoutContext, digest: Digest): Promise<number> {
  try {
    return (await stat(blobFile(layout, digest))).size;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw damaged(layout, `${digest} is not in it`);
    throw error;
  }
}

function blobFile({ folder }: LayoutContext, digest: Digest): string {
  return join(folder, 'blobs/sha256', digestHex(digest));
}

function damaged({ folder }: LayoutContext, what: string): Error {
  return invalid({ code: 'layout-invalid', message: `the OCI layout ${folder} is damaged: ${what}`, subject: folder });
}
