import type { PlanKeys } from '../core/disk/plan-keys.ts';
import type { DiskContext } from '../core/disk/read-context.ts';
import { sha256 } from '../core/disk/sha256.ts';
import type { Digest } from '../core/image/digest.ts';
import { normalisePlatform } from '../core/image/platform.ts';
import type { BaseImage, BuildPlan, PlannedStep, PlanResult } from '../core/plan/plan.ts';
import { predictCached } from '../core/plan/predict-cache.ts';
import type { CacheRecord, EngineImage } from '../protocol/lsp.ts';
import { asBaseImage } from './engine-link.ts';

/** What is built for, and on. */
export const PLATFORM = normalisePlatform({ os: 'linux', architecture: process.arch });
/** A step, and where in the plan it stands. */
export interface StepPlace {
  readonly step: PlannedStep;
  readonly stage: number;
  readonly index: number;
}

/** A Dockerfile planned over its context, with what the engine knows of it. */
export interface Preview {
  readonly plan: PlanResult;
  readonly context: DiskContext | undefined;
  readonly images: ReadonlyMap<string, EngineImage>;
  /** What instructions of the file do, by their first lines. */
  readonly steps: ReadonlyMap<number, StepPlace>;
}

/** What the engine has in its cache of a plan's steps. */
export interface CacheView {
  readonly keys: PlanKeys;
  readonly records: ReadonlyMap<Digest, CacheRecord>;
}

/** The planned step of an instruction, by its first line. */
export function stepOf({ steps }: Preview, line: number): PlannedStep | undefined {
  return steps.get(line)?.step;
}

/** The step's cache key, where the engine was asked about it. */
export function keyOfStep(step: PlannedStep, { steps }: Preview, cache: CacheView | undefined): Digest | undefined {
  const place = steps.get(step.range.start.line);
  const key = place && cache?.keys.get(place.stage)?.[place.index];
  return key?.known ? key.key : undefined;
}

/** The steps that instructions of the file make, by their first lines. */
export function stepsOf({ value }: PlanResult): Preview['steps'] {
  const steps = new Map<number, StepPlace>();
  for (const stage of value.stages) {
    for (const [index, step] of stage.steps.entries()) {
      if (!step.trigger) steps.set(step.range.start.line, { step, stage: stage.index, index });
    }
  }
  return steps;
}

/** What a plan has to know of the images, by their references. */
export function basesOf(images: ReadonlyMap<string, EngineImage>) {
  return new Map([...images].map(([reference, image]) => [reference, baseOf(image)]));
}

const BASES = new WeakMap<EngineImage, BaseImage>();

/** The very same of the same image, so that what was planned on it holds. */
function baseOf(image: EngineImage): BaseImage {
  const base = BASES.get(image) ?? asBaseImage(image);
  BASES.set(image, base);
  return base;
}

/** Those of the records that the next build would use. */
export function usableRecords(
  plan: BuildPlan,
  keys: CacheView['keys'],
  records: CacheView['records'],
): CacheView['records'] {
  const cached = predictCached(plan, keys, (key) => records.get(key), sha256);
  const usable = new Map<Digest, CacheRecord>();
  for (const [stage, steps] of keys) {
    for (const [at, step] of steps.entries()) {
      const record = step.known && cached.get(stage)?.[at] === true ? records.get(step.key) : undefined;
      if (record !== undefined) usable.set(record.key, record);
    }
  }
  return usable;
}
