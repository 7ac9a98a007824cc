import type { DiffId } from '../../core/image/digest.ts';
import { assertNever } from '../../core/plan/assert-never.ts';
import type { StepKey } from '../../core/plan/cache-key.ts';
import type { Origin } from '../../core/plan/effect.ts';
import type { BuildPlan, PlannedStage, PlannedStep } from '../../core/plan/plan.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';
import { EngineError } from '../errors.ts';
import type { Image } from '../images/image-store.ts';
import type { BuildCache, StepRecord } from './build-cache.ts';
import { BuildError } from './build-error.ts';
import type { BuildProgress, BuildRequest } from './builder.ts';
import { copyStep } from './copy-step.ts';
import { directoryStep } from './directory-step.ts';
import type { BuildFloor } from './floor.ts';
import { totalSteps } from './plan-steps.ts';
import type { CacheMountLocks } from './run-mounts.ts';
import { runStep } from './run-step.ts';
import { afterStep, fromImage, fromScratch, imageIdOf, type StageState, topOf } from './stage-state.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

/** What executing a plan needs beside the plan. */
export interface Execution {
  readonly floor: BuildFloor;
  readonly request: BuildRequest;
  readonly progress: BuildProgress;
  readonly signal: AbortSignal;
  readonly cache: BuildCache;
  readonly locks: CacheMountLocks;
  /** By stage index, one for each step. */
  readonly keys: ReadonlyMap<number, readonly StepKey[]>;
  /** Images that FROM, `--from` and mounts name. */
  readonly images: ReadonlyMap<string, Image>;
  /** Keeps a layer until the build has ended. */
  readonly keep: (diffId: DiffId) => void;
}

/** Executes a plan's stages in their order and gives the target's state. */
export async function executePlan(plan: BuildPlan, execution: Execution): Promise<StageState> {
  const done = new Map<number, StageState>();
  const run = new PlanRun(execution, totalSteps(plan), done);
  for (const stage of plan.stages) done.set(stage.index, await run.stage(stage));
  const result = done.get(plan.target ?? -1);
  if (result !== undefined) return result;
  throw new BuildError('invalid', { code: 'no-stages', message: 'the Dockerfile has no stage to build' });
}

class PlanRun {
  #number = 0;

  constructor(
    private readonly execution: Execution,
    private readonly total: number,
    private readonly done: ReadonlyMap<number, StageState>,
  ) {}

  async stage(stage: PlannedStage): Promise<StageState> {
    const { progress, keys } = this.execution;
    this.#announce(stage.text, stage.range);
    let state = this.#base(stage);
    if (state.base !== undefined || state.layers.length > 0) progress({ kind: 'result', id: imageIdOf(state) });
    for (const [index, step] of stage.steps.entries()) {
      this.execution.signal.throwIfAborted();
      this.#announce(step.text, step.range);
      state = await this.#step(state, stage, step, keys.get(stage.index)?.[index]);
      progress({ kind: 'result', id: imageIdOf(state) });
    }
    return state;
  }

  #announce(text: string, range: PlannedStep['range']): void {
    this.execution.progress({ kind: 'step', number: ++this.#number, total: this.total, text, range });
  }

  #base({ base, platform, range }: PlannedStage): StageState {
    if (base.kind === 'scratch') return fromScratch(platform);
    if (base.kind === 'stage') return this.#stageState(base.stage, range);
    return fromImage(this.#image(base.reference, range));
  }

  #stageState(index: number, range: PlannedStep['range'] | undefined): StageState {
    const state = this.done.get(index);
    if (state !== undefined) return state;
    throw new BuildError('internal', { code: 'stage-missing', message: `stage ${index} was not built before`, range });
  }

  #image(reference: string, range: PlannedStep['range'] | undefined): Image {
    const image = this.execution.images.get(reference);
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
    { author }: PlannedStage,
    step: PlannedStep,
    key: StepKey | undefined,
  ): Promise<StageState> {
    const { cache, request, progress, floor } = this.execution;
    const mayKnow = key?.known === true && request.noCache !== true && !isFromElsewhere(step);
    const known = mayKnow ? await cache.get(key.key) : undefined;
    if (known !== undefined && this.#usable(known, state, step)) {
      progress({ kind: 'cached' });
      return this.#after(state, step, author, known);
    }
    const began = floor.now();
    const made = await this.#execute(state, step).catch((error) => {
      throw placed(error, step.range);
    });
    const ended = floor.now();
    const record = {
      diffId: made?.diffId,
      parent: topOf(state),
      bytes: made?.bytes ?? 0,
      files: made?.files ?? 0,
      duration: ended.getTime() - began.getTime(),
      builtAt: ended.toISOString(),
    };
    if (key?.known === true) await cache.put({ key: key.key, ...record });
    return this.#after(state, step, author, record);
  }

  /** A record serves where its layer is still there, and was made on the very layers that the stage has now. */
  #usable(record: StepRecord, state: StageState, step: PlannedStep): boolean {
    if (record.parent !== topOf(state) || step.layer !== (record.diffId !== undefined)) return false;
    if (record.diffId === undefined) return true;
    const layer = this.execution.floor.images.layer(record.diffId);
    if (layer === undefined) return false;
    this.execution.keep(layer.diffId);
    return true;
  }

  #after(
    state: StageState,
    step: PlannedStep,
    author: string | undefined,
    record: Pick<StepRecord, 'diffId' | 'builtAt'>,
  ): StageState {
    return afterStep(state, {
      config: step.config,
      createdBy: step.createdBy,
      at: record.builtAt,
      diffId: record.diffId,
      author,
    });
  }

  #execute(state: StageState, step: PlannedStep): Promise<MadeLayer | undefined> {
    const { floor, request, progress, signal, locks, keep } = this.execution;
    const context: StepContext = {
      floor,
      request,
      progress,
      signal,
      state,
      keep,
      origin: async (origin: Exclude<Origin, { kind: 'context' }>) =>
        origin.kind === 'stage'
          ? this.#stageState(origin.stage, step.range)
          : fromImage(this.#image(origin.reference, step.range)),
    };
    const { effect } = step;
    switch (effect.kind) {
      case 'metadata':
        return Promise.resolve(undefined);
      case 'make-directory':
        return directoryStep(context, effect, step.range);
      case 'copy':
        return copyStep(context, effect, step.keyword, step.range);
      case 'run':
        return runStep(context, effect, step.range, locks);
      default:
        return assertNever(effect);
    }
  }
}

/** What a URL gives may change at any time, unless the Dockerfile says what it is. */
function isFromElsewhere({ effect }: PlannedStep): boolean {
  return effect.kind === 'copy' && effect.checksum === undefined && effect.sources.some(({ kind }) => kind === 'url');
}

/** An error of a lower floor, such as a user that the image does not know, with the instruction that it happened to. */
function placed(error: unknown, range: SourceRange): unknown {
  if (!(error instanceof EngineError) || error instanceof BuildError || error.kind === 'cancelled') return error;
  const { kind, code, message, subject } = error;
  return new BuildError(kind, { code, message, subject, range, cause: error });
}
