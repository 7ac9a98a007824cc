import { writeFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import { formatReference, parseReference, withDefaultTag } from '../../core/image/reference.ts';
import type { EngineClient } from './engine-client.ts';
import type { Built } from './write-outputs.ts';

const Described = z.object({
  RepoDigests: z.nullish(z.array(z.string())),
  Descriptor: z.optional(z.object({ mediaType: z.string(), digest: z.string(), size: z.number() })),
});

/** Writes what docker buildx writes of a built image for `--metadata-file`: its digests, its manifest and its names. */
export async function writeMetadata(file: string, { id, names }: Built, engine: EngineClient): Promise<void> {
  const image = await engine.json(Described, 'GET', `/images/${names[0] ?? id}/json`);
  const { Descriptor: descriptor, RepoDigests: pushed } = image;
  // What a registry has is compressed, and so has another digest.
  const digest = pushed?.[0]?.split('@')[1] ?? descriptor?.digest;
  const metadata = {
    'containerimage.config.digest': id,
    ...(descriptor?.digest === digest && { 'containerimage.descriptor': descriptor }),
    ...(digest !== undefined && { 'containerimage.digest': digest }),
    ...(names.length > 0 && { 'image.name': names.map(full).join(',') }),
  };
  await writeFile(file, `${JSON.stringify(metadata, undefined, 2)}\n`);
}

function full(name: string): string {
  const parsed = parseReference(name);
  return parsed.ok ? formatReference(withDefaultTag(parsed.reference)) : name;
}
