import * as z from 'zod/mini';
import { parseDigest } from '../../core/image/digest.ts';
import { internal } from '../errors.ts';
import type { IndexEntry } from './blob-store.ts';

const Index = z.object({
  manifests: z.array(
    z.looseObject({
      mediaType: z.string(),
      digest: z.pipe(
        z.string(),
        z.transform((text, context) => {
          const digest = parseDigest(text);
          if (digest !== undefined) return digest;
          context.issues.push({ code: 'custom', message: 'not a sha256 digest', input: text });
          return z.NEVER;
        }),
      ),
      size: z.number(),
      annotations: z.optional(z.record(z.string(), z.string())),
    }),
  ),
});

/** Entries of an `index.json` (OCI image-spec, image-index.md). Error: EngineError `internal`, code `index-corrupt`. */
export function parseIndex(text: string): IndexEntry[] {
  try {
    return z.parse(Index, JSON.parse(text)).manifests;
  } catch (cause) {
    throw internal({ code: 'index-corrupt', message: "the image store's index.json cannot be read", cause });
  }
}
