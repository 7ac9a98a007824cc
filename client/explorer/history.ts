import * as z from 'zod/mini';
import { asDiffId, type DiffId, parseDigest } from '../../core/image/digest.ts';

/** One entry of `GET /images/{name}/history`, newest first. */
export interface HistoryEntry {
  readonly id: string;
  /** Unix time, seconds. */
  readonly created: number;
  readonly createdBy: string;
  readonly comment: string;
  /** Bytes that the entry's layer holds; 0 for one that made no layer. */
  readonly size: number;
}

const Wire = z.array(
  z.object({
    Id: z.string(),
    Created: z.number(),
    CreatedBy: z.string(),
    Comment: z.optional(z.string()),
    Size: z.number(),
  }),
);

/** Reads the engine's answer. Throws a ZodError for anything else. */
export function readHistory(value: unknown): HistoryEntry[] {
  return Wire.parse(value).map((entry) => ({
    id: entry.Id,
    created: entry.Created,
    createdBy: entry.CreatedBy,
    comment: entry.Comment ?? '',
    size: entry.Size,
  }));
}

/** What `CreatedBy` says, as a Dockerfile would: without the classic builder's and BuildKit's wrapping. */
export function instructionText(createdBy: string): string {
  const text = createdBy.replace(/^\|\d+ (?:\S+=\S* )+(?=\/bin\/sh -c )/, '').trim();
  const nop = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(text);
  if (nop?.[1] !== undefined) return tidy(nop[1]);
  const shell = /^\/bin\/sh -c (.*)$/s.exec(text);
  if (shell?.[1] !== undefined) return tidy(`RUN ${shell[1]}`);
  return tidy(text.replace(/^RUN (\|\d+ (?:\S+=\S* )+)?\/bin\/sh -c /, 'RUN ').replace(/ # buildkit$/, ''));
}

function tidy(text: string): string {
  return text
    .replace(/(?:file|dir|multi):[0-9a-f]{16,} in /, '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The diff ID of a layer without files: a tar of two blocks of zeros. */
export const EMPTY_LAYER = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/**
 * Gives each entry of a history its layer, in the history's order. An engine does not say which is whose: layers go to
 * the entries that hold bytes, where their numbers agree (with or without layers that hold no files); else none has one.
 * `layers` are those of `RootFS`, lowest first.
 */
export function layersOfHistory(
  newestFirst: readonly HistoryEntry[],
  layers: readonly string[],
): readonly (DiffId | undefined)[] {
  const withBytes = newestFirst.filter(({ size }) => size > 0).length;
  const full = layers.filter((layer) => layer !== EMPTY_LAYER);
  const given = [layers, full].find(({ length }) => length === withBytes);
  if (given === undefined) return newestFirst.map(() => undefined);
  let next = given.length;
  return newestFirst.map(({ size }) => {
    const digest = size > 0 ? parseDigest(given[--next] ?? '') : undefined;
    return digest === undefined ? undefined : asDiffId(digest);
  });
}
