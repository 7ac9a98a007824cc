import { sha256 } from '../../core/disk/sha256.ts';
import { type ChainId, chainOver, type Digest } from '../../core/image/digest.ts';
import type { PlannedStage, PlannedStep } from '../../core/plan/plan.ts';
import type { BuildCache } from './build-cache.ts';
import type { BuildRequest } from './builder.ts';

/** Builds of other things with the same words, and states of the files that somebody goes to and fro between. */
const MOST = 4;

/**
 * Names an instruction, whatever is below it and whatever it brings: by its words, its stage, and the folder that it copies
 * from where that is one that stays.
 */
export function nameOfInstruction(
  { context, contextMayChange }: Pick<BuildRequest, 'context' | 'contextMayChange'>,
  { name, index, platform }: Pick<PlannedStage, 'name' | 'index' | 'platform'>,
  { text }: Pick<PlannedStep, 'text'>,
): Digest {
  return sha256(JSON.stringify([text, name ?? index, platform, contextMayChange === true ? context : null]));
}

/** The stacks whose topmost layer an instruction made before, the latest first. */
export async function earlierLayers(cache: Pick<BuildCache, 'madeBy'>, instruction: Digest): Promise<ChainId[]> {
  const made = await cache.madeBy(instruction);
  return made
    .slice(0, MOST)
    .flatMap(({ parent, diffId }) => (diffId === undefined ? [] : [chainOver(parent, diffId, sha256)]));
}
