import type Docker from 'dockerode';
import * as z from 'zod/mini';
import { asDiffId, parseDigest } from '../../core/image/digest.ts';
import type { LayerFile, LayerRow, LayersOfImage } from '../../protocol/webviews.ts';
import { request } from '../engines/docker.ts';
import { type EngineIdentity, speaksLapstrake } from '../engines/identity.ts';
import { instructionText, layersOfHistory, readHistory } from '../explorer/history.ts';

const File = z.object({
  path: z.string(),
  bytes: z.number(),
  change: z.enum(['added', 'modified', 'deleted']),
  hidden: z.optional(z.enum(['overwritten', 'deleted'])),
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
      wasted: z.optional(z.number()),
    }),
  ),
  wastedBytes: z.optional(z.number()),
  efficiency: z.optional(z.number()),
});

type WireRow = z.infer<typeof Layers>['rows'][number];

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
  const { rows, wastedBytes, efficiency } = Layers.parse(answer);
  return {
    ...id,
    rows: rows.map(layerRow),
    ...(wastedBytes === undefined || efficiency === undefined ? {} : { wasted: { bytes: wastedBytes, efficiency } }),
  };
}

function layerRow({ instruction, bytes, created, diffId, files, fileCount, wasted }: WireRow): LayerRow {
  const digest = diffId === undefined ? undefined : parseDigest(diffId);
  return {
    instruction: instructionText(instruction),
    bytes,
    created,
    ...(digest === undefined ? {} : { diffId: asDiffId(digest) }),
    ...(files === undefined ? {} : { files: files.map(layerFile) }),
    ...(fileCount === undefined ? {} : { fileCount }),
    ...(wasted === undefined ? {} : { wasted }),
  };
}

function layerFile({ path, bytes, change, hidden }: z.infer<typeof File>): LayerFile {
  return { path, bytes, change, ...(hidden === undefined ? {} : { hidden }) };
}

/** History rows, lowest first, each with its layer where that is known. */
export function rowsOf(history: unknown, layers: readonly string[]): LayerRow[] {
  const entries = readHistory(history);
  const diffIds = layersOfHistory(entries, layers);
  return entries
    .map((entry, index) => {
      const diffId = diffIds[index];
      return {
        instruction: instructionText(entry.createdBy),
        bytes: entry.size,
        created: entry.created,
        ...(diffId === undefined ? {} : { diffId }),
      };
    })
    .reverse();
}
