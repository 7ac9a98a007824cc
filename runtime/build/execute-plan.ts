import type { LimitFunction } from 'p-limit';
import type { ContextContents } from '../../core/disk/plan-keys.ts';
import type { DiffId, Digest } from '../../core/image/digest.ts';
import type { Platform } from '../../core/image/platform.ts';
import type { StepKey } from '../../core/plan/cache-key.ts';
import type { Origin } from '../../core/plan/effect.ts';
import { imageKey } from '../../core/plan/image-key.ts';
import type { BuildPlan, PlannedStage, PlannedStep } from '../../core/plan/plan.ts';
import { groundOf, originStages } from '../../core/plan/predict-cache.ts';
import type { Image } from '../images/image-store.ts';
import type { BuildCache, StepRecord } from './build-cache.ts';
import { BuildError, lineOf } from './build-error.ts';
import type { BuildRecords, DoneStep } from './build-records.ts';
import type { BuildProgress, BuildRequest, StepProgress } from './builder.ts';
import type { CacheMountLocks } from './cache-mount-locks.ts';
import { doStep } from './do-step.ts';
import { earlierLayers, nameOfInstruction } from './earlier-layers.ts';
import type { BuildFloor } from './floor.ts';
import { OutputTail } from './output-tail.ts';
import { totalSteps } from './plan-steps.ts';
import type { RemoteSources } from './remote-sources.ts';
import type { SharedWork } from './shared-work.ts';
import { sourceTime } from './source-date.ts';
import { afterStep, fromImage, fromScratch, imageIdOf, type StageState, topOf } from './stage-state.ts';
import type { MadeLayer, StepContext } from './step-context.ts';
import { stepFailure } from './step-failure.ts';

/** What executing a plan needs beside the plan. */
export interface Execution {
  readonly floor: BuildFloor;
  readonly request: BuildRequest;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
  readonly cache: BuildCache;
  readonly locks: CacheMountLocks;
  /** Among all builds. */
  readonly shared: SharedWork;
  /** By stage index, one for each step. */
  readonly keys: ReadonlyMap<number, readonly StepKey[]>;
  /** What the files of the context held when the keys were made. */
  readonly contents: ContextContents;
  /** What ADD takes from elsewhere. */
  readonly remotes: RemoteSources;
  /** Images that FROM, `--from` and mounts name, by `imageKey`. */
  readonly images: ReadonlyMap<string, Image>;
  /** What is built for. */
  readonly platform: Platform;
  /** Steps that do something at the same time. */
  readonly limit: LimitFunction;
  /** Keeps a layer until the build has ended. */
  readonly keep: (diffId: DiffId) => void;
  readonly records: BuildRecords;
  /** Is told of each step that is done. */
  readonly recorded: (step: DoneStep) => void;
}

/** Executes a plan, stages that do not need each other at the same time, and gives the target's state. */
export async function executePlan(plan: BuildPlan, execution: Execution): Promise<StageState> {
  const failed = new AbortController();
  const signal = AbortSignal.any([execution.signal, failed.signal]);
  const done = new Map<number, Promise<StageState>>();
  const run = new PlanRun({ ...execution, signal }, totalSteps(plan), done);
  let number = 1;
  for (const stage of plan.stages) {
    const building = run.stage(stage, number);
    // What fails first is what is told: the others fail because it did.
    building.catch((error: unknown) => failed.abort(error));
    done.set(stage.index, building);
    number += 1 + stage.steps.length;
  }
  await Promise.allSettled(done.values());
  execution.signal.throwIfAborted();
  failed.signal.throwIfAborted();
  const result = await done.get(plan.target ?? -1);
  if (result !== undefined) return result;
  throw new BuildError('invalid', { code: 'no-stages', message: 'the Dockerfile has no stage to build' });
}

/** What became of a step: as it was recorded, and whether that was there before. */
interface StepOutcome {
  readonly record: Omit<StepRecord, 'key'>;
  readonly cached: boolean;
  /** What its command wrote; absent where it is to be looked up. */
  readonly log?: string;
}

/** A step, and the stage that it belongs to. */
interface StageStep {
  readonly stage: PlannedStage;
  readonly step: PlannedStep;
}

class PlanRun {
  /** Keys of the steps that this build did itself. */
  readonly #own = new Set<Digest>();

  constructor(
    private readonly execution: Execution,
    private readonly total: number,
    private readonly done: ReadonlyMap<number, Promise<StageState>>,
  ) {}

  /** `first` is the number of the stage's FROM. */
  async stage(stage: PlannedStage, first: number): Promise<StageState> {
    const { keys, limit, signal } = this.execution;
    let progress = this.#announce(first, stage, stage);
    let state = await this.#base(stage);
    if (state.base !== undefined || state.layers.length > 0) progress({ kind: 'result', id: imageIdOf(state) });
    progress({ kind: 'done', milliseconds: 0, bytes: 0, files: 0 });
    for (const [index, step] of stage.steps.entries()) {
      await Promise.all(originStages(step).map((needed) => this.#stageState(needed, step.range)));
      state = await limit(async () => {
        signal.throwIfAborted();
        const number = first + 1 + index;
        progress = this.#announce(number, stage, step);
        return this.#step(state, stage, step, { key: keys.get(stage.index)?.[index], number, progress });
      });
    }
    return state;
  }

  #announce(number: number, stage: PlannedStage, { text, range }: Pick<PlannedStep, 'text' | 'range'>): StepProgress {
    const { progress } = this.execution;
    const name = stage.name ?? String(stage.index);
    progress({ kind: 'step', number, total: this.total, stage: name, text, range });
    return (event) => progress({ ...event, step: number });
  }

  async #base({ base, platform, range }: PlannedStage): Promise<StageState> {
    if (base.kind === 'scratch') return fromScratch(platform);
    if (base.kind === 'stage') return this.#stageState(base.stage, range);
    return fromImage(this.#image(base.reference, platform, range));
  }

  #stageState(index: number, range: PlannedStep['range'] | undefined): Promise<StageState> {
    const state = this.done.get(index);
    if (state !== undefined) return state;
    throw new BuildError('internal', { code: 'stage-missing', message: `stage ${index} was not built before`, range });
  }

  #image(reference: string, platform: Platform, range: PlannedStep['range'] | undefined): Image {
    const image = this.execution.images.get(imageKey(reference, platform, this.execution.platform));
    if (image !== undefined) return image;
    throw new BuildError('not-found', {
      code: 'base-missing',
      message: `No such image: ${reference}`,
      range,
      subject: reference,
    });
  }

  async #step(
    state: StageState,
    stage: PlannedStage,
    step: PlannedStep,
    at: { readonly key: StepKey | undefined; readonly number: number; readonly progress: StepProgress },
  ): Promise<StageState> {
    const { request, floor } = this.execution;
    const { key, number, progress } = at;
    const began = floor.now().getTime();
    const mayKnow = key?.known === true && request.noCache !== true && !isFiltered(request, stage);
    const does = { stage, step };
    const outcome = mayKnow
      ? await this.#shared(state, does, key.key, progress)
      : await this.#made(state, does, key, progress);
    const { record, cached } = outcome;
    if (cached) progress({ kind: 'cached' });
    const after = afterStep(state, {
      config: step.config,
      createdBy: step.unrecorded === true ? undefined : step.createdBy,
      at: sourceTime(request) ?? record.builtAt,
      diffId: record.diffId,
      author: stage.author,
    });
    progress({ kind: 'result', id: imageIdOf(after) });
    const { bytes, files } = record;
    progress({ kind: 'done', milliseconds: floor.now().getTime() - began, bytes, files });
    this.execution.recorded({
      number,
      stage: stage.name ?? String(stage.index),
      text: step.text,
      line: lineOf(step.range),
      cached,
      ...(key?.known === true && { key: key.key }),
      inputs: key?.known === true ? key.inputs.map((input) => ({ ...input })) : [],
      ...(record.diffId !== undefined && { diffId: record.diffId }),
      bytes,
      files,
      milliseconds: record.duration,
      ...(step.effect.kind === 'run' && { exitCode: 0 }),
      ...(outcome.log !== undefined && { log: outcome.log }),
    });
    return after;
  }

  async #shared(state: StageState, does: StageStep, key: Digest, progress: StepProgress): Promise<StepOutcome> {
    const { cache, signal, shared } = this.execution;
    const { step } = does;
    const ground = await this.#ground(state, step);
    const find = async (): Promise<StepOutcome | undefined> => {
      const record = await cache.get(key);
      if (record === undefined || !this.#usable(record, ground, step)) return undefined;
      await cache.use(key);
      return { record, cached: !this.#own.has(key) };
    };
    return shared.do(key, signal, find, () => this.#made(state, does, { known: true, key }, progress));
  }

  /** Does a step and records it. */
  async #made(
    state: StageState,
    { stage, step }: StageStep,
    key: Pick<StepKey & { known: true }, 'known' | 'key'> | StepKey | undefined,
    progress: StepProgress,
  ): Promise<StepOutcome> {
    const { cache, floor, records, request } = this.execution;
    const began = floor.now();
    const output = new OutputTail();
    const instruction = nameOfInstruction(request, stage, step);
    const made = await this.#execute(state, step, instruction, (event) => {
      if (event.kind === 'output') output.add(event.text);
      progress(event);
    }).catch(async (error) => {
      throw await stepFailure(error, { floor, state, step, output, keepFailed: request.keepFailed });
    });
    const ended = floor.now();
    const record = {
      diffId: made?.diffId,
      parent: topOf(state),
      ground: await this.#ground(state, step),
      bytes: made?.bytes ?? 0,
      files: made?.files ?? 0,
      duration: ended.getTime() - began.getTime(),
      builtAt: ended.toISOString(),
      instruction,
    };
    if (key?.known === true) {
      this.#own.add(key.key);
      if (step.effect.kind === 'run') await records.putLog(key.key, output.text());
      await cache.put({ key: key.key, ...record });
    }
    return { record, cached: false, log: output.text() };
  }

  async #ground(state: StageState, step: PlannedStep): Promise<string> {
    const origins = await Promise.all(originStages(step).map((index) => this.#stageState(index, step.range)));
    return groundOf(topOf(state), origins.map(topOf));
  }

  /** A record serves where its layer is still there, and was made with the very layers that are there now. */
  #usable(record: StepRecord, ground: string, step: PlannedStep): boolean {
    if (record.ground !== ground || step.layer !== (record.diffId !== undefined)) return false;
    if (record.diffId === undefined) return true;
    const layer = this.execution.floor.images.layer(record.diffId);
    if (layer === undefined) return false;
    this.execution.keep(layer.diffId);
    return true;
  }

  #execute(
    state: StageState,
    step: PlannedStep,
    instruction: Digest,
    progress: StepProgress,
  ): Promise<MadeLayer | undefined> {
    const { floor, request, signal, locks, keep, cache } = this.execution;
    const context: StepContext = {
      floor,
      request,
      progress,
      signal,
      state,
      earlier: () => earlierLayers(cache, instruction),
      keep,
      contents: this.execution.contents,
      remotes: this.execution.remotes,
      origin: async (origin: Exclude<Origin, { kind: 'context' }>) =>
        origin.kind === 'stage'
          ? this.#stageState(origin.stage, step.range)
          : fromImage(this.#image(origin.reference, this.execution.platform, step.range)),
    };
    return doStep(context, step, locks);
  }
}

function isFiltered({ noCacheFilter = [] }: BuildRequest, { name, index }: PlannedStage): boolean {
  return noCacheFilter.some((each) => each.toLowerCase() === name || each === String(index));
}
