import { readDockerfile } from '../dockerfile/read.ts';
import type { Dockerfile, Stage } from '../dockerfile/stages.ts';
import type { Origin } from './effect.ts';
import type { Variables } from './global-arguments.ts';
import type { PlanInputs, PlannedStage, PlannedStep, PlanProblem, StageBase } from './plan.ts';
import type { PlannedBase } from './plan-base.ts';
import { planStep, type StepPlace } from './plan-step.ts';
import { StageScope } from './stage-scope.ts';

/** A stage, planned, and what stages on top of it start with. */
export interface StagePlan {
  readonly stage: PlannedStage;
  readonly scope: StageScope;
  readonly problems: readonly PlanProblem[];
}

/** Plans a stage's instructions, those that its base left for it (ONBUILD) first. */
export function planStage(
  dockerfile: Dockerfile,
  stage: Stage,
  { base, platform }: PlannedBase,
  below: StagePlan | undefined,
  globals: Variables,
  inputs: PlanInputs,
): StagePlan {
  const scope = below === undefined ? new StageScope() : below.scope.derive();
  const triggers = startScope(scope, base, below);
  const { stages, syntax } = dockerfile;
  const place: StepPlace = { stages, stage, scope, inputs, globals, escapeToken: syntax.escape };
  const fired = triggers.map((text) => planTrigger(text, place));
  const own = stage.instructions.flatMap((instruction) => planStep(instruction, place) ?? []);
  const steps = [...fired.flatMap((each) => each.steps), ...own.map(({ step }) => step)];
  return {
    stage: {
      index: stage.index,
      ...(stage.name !== undefined && { name: stage.name }),
      range: stage.from.node.range,
      text: stage.from.node.original.trim(),
      base,
      platform,
      needs: neededBy(base, steps),
      steps,
      ...(scope.author !== undefined && { author: scope.author }),
      config: scope.config,
      baseKnown: scope.baseKnown,
    },
    scope,
    problems: [...fired, ...own].flatMap(({ problems }) => problems),
  };
}

/** Puts the base's config in force; gives the triggers that it left. */
function startScope(scope: StageScope, base: StageBase, below: StagePlan | undefined): readonly string[] {
  let triggers: readonly string[] = below?.scope.config.OnBuild ?? [];
  if (base.kind === 'scratch') scope.config = { ...scope.config, WorkingDir: '/' };
  if (base.kind === 'image') {
    scope.filesKnown = false;
    if (base.image === undefined) scope.baseKnown = false;
    else {
      triggers = base.image.config.OnBuild;
      scope.startFrom(base.image.config);
    }
  }
  scope.begin();
  return triggers;
}

/** A trigger stands where the FROM stands that fires it. */
function planTrigger(text: string, place: StepPlace): { steps: PlannedStep[]; problems: PlanProblem[] } {
  const { range } = place.stage.from.node;
  const read = readDockerfile(text);
  const wrong = read.problems.filter(({ severity, code }) => severity === 'error' && code !== 'no-stage');
  const problems: PlanProblem[] = wrong.map(({ message }) => ({
    code: 'trigger-invalid',
    severity: 'error',
    message: `the base image's ONBUILD instruction ${JSON.stringify(text)} is not valid: ${message}`,
    range,
    subject: text,
  }));
  const steps: PlannedStep[] = [];
  for (const instruction of problems.length > 0 ? [] : read.value.instructions) {
    const planned = planStep(instruction, place);
    if (planned === undefined) continue;
    steps.push({ ...planned.step, range, trigger: true });
    problems.push(...planned.problems.map((problem) => ofTrigger(problem, planned.step.text, place)));
  }
  return { steps, problems };
}

function ofTrigger(problem: PlanProblem, text: string, { stage }: StepPlace): PlanProblem {
  const message = `ONBUILD ${text} of the base image: ${problem.message}`;
  return { ...problem, message, range: stage.from.node.range, trigger: text };
}

function neededBy(base: StageBase, steps: readonly PlannedStep[]): number[] {
  const needs = new Set<number>();
  if (base.kind === 'stage') needs.add(base.stage);
  for (const origin of steps.flatMap(originsOf)) if (origin.kind === 'stage') needs.add(origin.stage);
  return [...needs].sort((a, b) => a - b);
}

/** Where a step takes files from. */
export function originsOf({ effect }: PlannedStep): Origin[] {
  if (effect.kind === 'copy') return [effect.origin];
  return effect.kind === 'run' ? effect.mounts.flatMap(({ origin }) => origin ?? []) : [];
}
