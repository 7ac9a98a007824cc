import * as z from 'zod/mini';

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
