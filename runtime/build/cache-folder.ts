import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod/mini';
import { asDiffId, type DiffId, type Digest, digestHex } from '../../core/image/digest.ts';
import { MediaType } from '../../core/image/media-types.ts';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { type BuildCache, StepDocument, type StepRecord, stepRecord } from './build-cache.ts';
import type { BuildFloor } from './floor.ts';

const INDEX = 'lapstrake-cache.json';
const Index = z.object({ version: z.literal(1), steps: z.array(StepDocument) });

/** Writes what is remembered of steps, with their layers, into a folder, for another engine (`--cache-to type=local`). */
export async function exportCache(
  folder: string,
  records: readonly StepRecord[],
  { floor, signal }: { readonly floor: BuildFloor; readonly signal: AbortSignal },
): Promise<void> {
  await mkdir(join(folder, 'layers'), { recursive: true });
  for (const { diffId } of records) {
    const layer = diffId === undefined ? undefined : floor.images.layer(diffId);
    if (layer === undefined) continue;
    const file = layerFile(folder, layer.diffId);
    await pipeline(await floor.blobs.open(layer.blob), createWriteStream(`${file}.part`), { signal });
    await rename(`${file}.part`, file);
  }
  const making = join(folder, `${INDEX}.part`);
  await writeFile(
    making,
    JSON.stringify({ version: 1, steps: records.map(({ instruction: _, ...record }) => record) }),
  );
  await rename(making, join(folder, INDEX));
}

/**
 * Takes over what `exportCache` wrote, every layer verified; a folder that has nothing is none. `keep` is told of each
 * layer. Error: EngineError `invalid` for a folder that holds something else.
 */
export async function importCache(
  folder: string,
  cache: BuildCache,
  options: { readonly floor: BuildFloor; readonly keep: (diffId: DiffId) => void; readonly signal: AbortSignal },
): Promise<void> {
  for (const record of await readIndex(folder)) {
    options.signal.throwIfAborted();
    if (record.diffId !== undefined && !(await importLayer(folder, record.diffId, options))) continue;
    await cache.put(record);
  }
}

/** False where the folder does not have the layer. */
async function importLayer(
  folder: string,
  diffId: DiffId,
  { floor, keep, signal }: Parameters<typeof importCache>[2],
): Promise<boolean> {
  keep(diffId);
  if (floor.images.layer(diffId) !== undefined) return true;
  using pin = floor.blobs.pin();
  let digest: Digest;
  try {
    ({ digest } = await floor.blobs.put(createReadStream(layerFile(folder, diffId)), { pin }, signal));
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
  if (asDiffId(digest) !== diffId) {
    const message = `${layerFile(folder, diffId)} is damaged: its digest is ${digest}; remove the folder, or export the cache anew`;
    throw invalid({ code: 'cache-folder-damaged', message, subject: folder });
  }
  await floor.images.addLayer(digest, { diffId, mediaType: MediaType.ociLayer, signal });
  return true;
}

async function readIndex(folder: string): Promise<StepRecord[]> {
  let text: string;
  try {
    text = await readFile(join(folder, INDEX), 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
  try {
    return z.parse(Index, JSON.parse(text)).steps.map(stepRecord);
  } catch (cause) {
    const message = `${join(folder, INDEX)} is no cache of builds: remove the folder, or export the cache anew`;
    throw invalid({ code: 'cache-folder-invalid', message, subject: folder, cause });
  }
}

function layerFile(folder: string, diffId: DiffId): string {
  return join(folder, 'layers', `${digestHex(diffId)}.tar`);
}
