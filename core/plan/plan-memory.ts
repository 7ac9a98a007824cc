import type { Dockerfile, Stage } from '../dockerfile/stages.ts';
import type { Variables } from './global-arguments.ts';
import type { PlanInputs } from './plan.ts';
import type { PlannedBase } from './plan-base.ts';
import type { StagePlan } from './plan-stage.ts';

interface Known {
  readonly base: PlannedBase;
  readonly below: StagePlan | undefined;
  readonly plan: StagePlan;
}

/**
 * The plans of one version's stages, for the next. A stage that is the very same (`DockerfileReader`) is not planned again as
 * long as all else is the same that a plan hangs on; its places move along.
 */
export class PlanMemory {
  private ground: readonly unknown[] = [];
  private last: ReadonlyMap<Stage, Known> = new Map();
  private next = new Map<Stage, Known>();

  /** Before the first stage of a version. */
  begin(dockerfile: Dockerfile, globals: Variables, inputs: PlanInputs): void {
    const ground = groundOf(dockerfile, globals, inputs);
    const holds = ground.length === this.ground.length && ground.every((each, index) => each === this.ground[index]);
    this.last = holds ? this.next : new Map();
    this.next = new Map();
    this.ground = ground;
  }

  base(stage: Stage): PlannedBase | undefined {
    return this.last.get(stage)?.base;
  }

  plan(stage: Stage, below: StagePlan | undefined): StagePlan | undefined {
    const known = this.last.get(stage);
    return known?.below === below ? known?.plan : undefined;
  }

  keep(stage: Stage, base: PlannedBase, below: StagePlan | undefined, plan: StagePlan): void {
    this.next.set(stage, { base, below, plan });
  }
}

/** What every stage's plan may hang on beside what is written in it and the stage below. */
function groundOf({ stages, syntax }: Dockerfile, globals: Variables, inputs: PlanInputs): unknown[] {
  const {
    context,
    ignore,
    buildArgs,
    images,
    isArchive,
    target,
    buildPlatform,
    targetPlatform = buildPlatform,
  } = inputs;
  return [
    ...[syntax.escape, context, ignore, isArchive, target, JSON.stringify([buildPlatform, targetPlatform])],
    ...[JSON.stringify([stages.map(({ name = null }) => name), Object.entries(buildArgs), [...globals]])],
    ...[...images].flat(),
  ];
}
