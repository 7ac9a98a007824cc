import { type ChainId, chainOver, type DiffId, type Digest, type Sha256 } from '../image/digest.ts';
import type { StepKey } from './cache-key.ts';
import type { BuildPlan, PlannedStep, StageBase } from './plan.ts';
import { originsOf } from './plan-stage.ts';

/** What a record says of the layers that a step was done with. */
export interface CachedStep {
  /** Absent for a step that made no layer. */
  readonly diffId?: DiffId | undefined;
  /** As `groundOf` gives it; absent where the engine does not tell. */
  readonly ground?: string | undefined;
}

/**
 * Names the layers that a step is done with: those below it, and those of the stages that it takes files from. A step
 * whose key is known serves only where these are the very ones: a command may give something else every time.
 */
export function groundOf(parent: ChainId | undefined, origins: readonly (ChainId | undefined)[]): string {
  return [parent, ...origins].map((chain) => chain ?? 'none').join(' ');
}

/** The stages that a step takes files from, by index, in the order of `groundOf`. */
export function originStages(step: PlannedStep): number[] {
  return originsOf(step).flatMap((origin) => (origin.kind === 'stage' ? [origin.stage] : []));
}

/** The stack of a stage's layers; `known` is false where it has to be built first. */
type Top = { readonly known: true; readonly chain: ChainId | undefined } | { readonly known: false };

/** Says of each step of a plan, by stage, whether the next build takes it from the cache. */
export function predictCached(
  plan: BuildPlan,
  keys: ReadonlyMap<number, readonly StepKey[]>,
  find: (key: Digest) => CachedStep | undefined,
  sha256: Sha256,
): ReadonlyMap<number, readonly boolean[]> {
  const cached = new Map<number, boolean[]>();
  const ends = new Map<number, Top>();
  const endOf = (stage: number): Top => ends.get(stage) ?? { known: false };
  for (const { index, base, steps } of plan.stages) {
    let top = topOfBase(base, endOf);
    const each = steps.map((step, at): boolean => {
      const key = keys.get(index)?.[at];
      const record = key?.known === true ? find(key.key) : undefined;
      const below = top.known ? top.chain : undefined;
      const isCached =
        record !== undefined &&
        top.known &&
        step.layer === (record.diffId !== undefined) &&
        standsOn(record, below, originStages(step).map(endOf));
      if (!step.layer) return isCached;
      const isLayer = isCached && record.diffId !== undefined;
      top = isLayer ? { known: true, chain: chainOver(below, record.diffId, sha256) } : { known: false };
      return isCached;
    });
    cached.set(index, each);
    ends.set(index, top);
  }
  return cached;
}

function topOfBase(base: StageBase, endOf: (stage: number) => Top): Top {
  if (base.kind === 'scratch') return { known: true, chain: undefined };
  if (base.kind === 'stage') return endOf(base.stage);
  return base.image === undefined ? { known: false } : { known: true, chain: base.image.chainId };
}

function standsOn({ ground }: CachedStep, below: ChainId | undefined, origins: readonly Top[]): boolean {
  const chains = origins.flatMap((top) => (top.known ? [top.chain] : []));
  if (chains.length < origins.length) return false;
  return ground === undefined || ground === groundOf(below, chains);
}
