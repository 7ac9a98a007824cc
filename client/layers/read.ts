import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { asDiffId, type DiffId, parseDigest } from '../../core/image/digest.ts';
import type { LayerRow, LayersOfImage } from '../../protocol/webviews.ts';
import { request } from '../engines/docker.ts';
import { type EngineIdentity, speaksLapstrake } from '../engines/identity.ts';
import { instructionText, readHistory } from '../explorer/history.ts';

const File = z.object({
  path: z.string(),
  bytes: z.number(),
  change: z.enum(['added', 'modified', 'deleted']),
});
const Layers = z.object({
  rows: z.array(
    z.object({
      instruction: z.string(),
      diffId: z.optional(z.string()),
      bytes: z.number(),
      created: z.number(),
      files: z.optional(z.array(File)),
      fileCount: z.optional(z.number()),
    }),
  ),
});

/** What an image is made of, lowest step first: from our own engine with the files of each layer, from any other by its history. */
export async function readLayers(
  docker: Docker,
  identity: EngineIdentity,
  reference: string,
  signal: AbortSignal,
): Promise<LayersOfImage> {
  const image = docker.getImage(reference);
  const [inspected, history] = await Promise.all([image.inspect(), image.history()]);
  const id = { reference, id: inspected.Id, size: inspected.Size };
  const plain = rowsOf(history, inspected.RootFS?.Layers ?? []);
  if (!speaksLapstrake(identity)) {
    return { ...id, rows: plain, note: `${identity.name} does not tell which files its layers hold.` };
  }
  const answer = await request(
    docker,
    'GET',
    `/lapstrake/images/${encodeURIComponent(reference)}/layers`,
    undefined,
    signal,
  );
  const rows = Layers.parse(answer).rows.map(({ diffId, files, fileCount, ...row }): LayerRow => {
    const digest = diffId === undefined ? undefined : parseDigest(diffId);
    return {
      ...row,
      instruction: instructionText(row.instruction),
      ...(digest === undefined ? {} : { diffId: asDiffId(digest) }),
      ...(files === undefined ? {} : { files }),
      ...(fileCount === undefined ? {} : { fileCount }),
    };
  });
  return { ...id, rows };
}

/** History rows, lowest first. Layers are given to the rows that hold bytes where their numbers agree; else to none. */
export function rowsOf(history: unknown, layers: readonly string[]): LayerRow[] {
  const entries = readHistory(history).reverse();
  const withBytes = entries.filter((entry) => entry.size > 0).length;
  const diffIds = layers.map((layer) => parseDigest(layer)).filter((digest) => digest !== undefined);
  let next = 0;
  return entries.map((entry) => {
    const diffId: DiffId | undefined =
      entry.size > 0 && withBytes === diffIds.length ? asDiffId(diffIds[next++] ?? raise()) : undefined;
    return {
      instruction: instructionText(entry.createdBy),
      bytes: entry.size,
      created: entry.created,
      ...(diffId === undefined ? {} : { diffId }),
    };
  });
}

function raise(): never {
  throw new Error('Fewer layers than rows that hold bytes.');
}
