import * as z from 'zod/mini';
import { INLINE_CACHE } from '../../core/image/config.ts';
import { asDiffId, type ChainId, type DiffId, type Digest, parseDigest } from '../../core/image/digest.ts';
import type { Descriptor } from '../../core/image/manifest.ts';
import { DiffIdText, DigestText } from '../../core/image/schema.ts';
import type { CacheRecord, PushedForms } from '../registry/cache-transfer.ts';
import { StepDocument, type StepRecord } from './build-cache.ts';

/** The media type of the config of a cache in a registry: `{ version: 1, steps, layers }`, where layers are named by diff ID. */
export const CACHE_TYPE = 'application/vnd.lapstrake.cache.v1+json';

/** A step as others are told of it: without how long it took here. */
const SharedStep = z.extend(z.omit(StepDocument, { duration: true, instruction: true }), {
  builtAt: z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)))),
});
const Steps = z.array(SharedStep);
const CacheConfig = z.object({ version: z.literal(1), steps: Steps, layers: z.record(z.string(), DigestText) });
const ImageWithCache = z.object({
  [INLINE_CACHE]: z.object({ steps: Steps }),
  rootfs: z.object({ diff_ids: z.array(DiffIdText) }),
});

/** Steps that others may take over, and where the layers of theirs are. */
export interface SharedSteps {
  readonly steps: readonly StepRecord[];
  readonly layers: ReadonlyMap<DiffId, Descriptor>;
}

/** What an image's config tells of its steps (`INLINE_CACHE`); all of the moment that the image is of, where it has one. */
export function inlineCache(records: readonly StepRecord[], moment: Date | undefined): unknown {
  const at = moment === undefined ? {} : { builtAt: moment.toISOString() };
  return { steps: records.map((record) => shared({ ...record, ...at })) };
}

/** The config of a cache in a registry, which has its layers as these. */
export function cacheConfig(records: readonly StepRecord[], pushed: PushedForms): string {
  const layers = Object.fromEntries([...pushed].map(([diffId, { digest }]) => [diffId, digest]));
  return JSON.stringify({ version: 1, steps: records.map(shared), layers });
}

/** Reads a cache's record or an image's config; undefined where it tells of no steps, or not so that it can be read. */
export function readShared({ mediaType, config, layers }: CacheRecord): SharedSteps | undefined {
  const byDigest = new Map<Digest, Descriptor>(layers.map((layer) => [layer.digest, layer]));
  if (mediaType === CACHE_TYPE) {
    const read = CacheConfig.safeParse(config);
    if (!read.success) return undefined;
    const named = Object.entries(read.data.layers).flatMap(([name, digest]): [DiffId, Descriptor][] => {
      const [diffId, descriptor] = [parseDigest(name), byDigest.get(digest)];
      return diffId === undefined || descriptor === undefined ? [] : [[asDiffId(diffId), descriptor]];
    });
    return { steps: read.data.steps.map(recordOf), layers: new Map(named) };
  }
  const read = readInline(config);
  if (read === undefined) return undefined;
  const ofImage = read.diffIds.flatMap((diffId, i): [DiffId, Descriptor][] => {
    const descriptor = layers[i];
    return descriptor === undefined ? [] : [[diffId, descriptor]];
  });
  return { steps: read.steps, layers: new Map(ofImage) };
}

/** The steps that an image's config tells of; undefined where it tells of none. */
export function readInline(
  config: unknown,
): { readonly steps: readonly StepRecord[]; readonly diffIds: readonly DiffId[] } | undefined {
  const read = ImageWithCache.safeParse(config);
  if (!read.success) return undefined;
  return { steps: read.data[INLINE_CACHE].steps.map(recordOf), diffIds: read.data.rootfs.diff_ids };
}

function shared({ key, diffId, parent, ground, bytes, files, builtAt }: StepRecord): object {
  return { key, diffId, parent, ground, bytes, files, builtAt };
}

function recordOf({ parent, ...step }: z.output<typeof SharedStep>): StepRecord {
  return { ...step, duration: 0, ...(parent !== undefined && { parent: parent as string as ChainId }) };
}
