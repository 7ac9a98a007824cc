import { buildOrder, type Dockerfile, type Stage, targetStage } from '../dockerfile/stages.ts';
import { didYouMean } from '../match/did-you-mean.ts';
import type { Variables } from './global-arguments.ts';
import type { PlanInputs, PlannedStage, PlannedStep, PlanProblem, PlanResult } from './plan.ts';
import { globalVariables, type PlannedBase, planBase } from './plan-base.ts';
import type { PlanMemory } from './plan-memory.ts';
import { originsOf, planStage, type StagePlan } from './plan-stage.ts';
import { sourceDateProblems } from './source-date.ts';

const START = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/**
 * Plans a Dockerfile: what each instruction does to the image, with what is known of context, arguments and images. With a
 * memory only those stages for which something changed.
 */
export function planDockerfile(dockerfile: Dockerfile, inputs: PlanInputs, memory?: PlanMemory): PlanResult {
  const { stages } = dockerfile;
  const target = targetStage(stages, inputs.target);
  if (target === undefined) return { value: { stages: [], references: [] }, problems: [noTarget(stages, inputs)] };
  const { variables: globals, problems: globalProblems } = globalVariables(dockerfile, inputs);
  memory?.begin(dockerfile, globals, inputs);
  const bases = stages.map((stage) => memory?.base(stage) ?? planBase(dockerfile, stage, globals, inputs));
  const planned = new Planner(dockerfile, bases, globals, inputs, memory).plan(target);
  const withLabels = planned.map((plan) => (plan.stage.index === target.index ? labelled(plan, inputs) : plan.stage));
  return {
    value: { stages: withLabels, target: target.index, references: referencesOf(withLabels) },
    problems: [
      ...globalProblems,
      ...sourceDateProblems(dockerfile, inputs, globals),
      ...bases.flatMap(({ problems }) => problems),
      ...planned.flatMap(({ problems }) => problems),
    ],
  };
}

class Planner {
  private readonly plans = new Map<number, StagePlan>();

  constructor(
    private readonly dockerfile: Dockerfile,
    private readonly bases: readonly PlannedBase[],
    private readonly globals: Variables,
    private readonly inputs: PlanInputs,
    private readonly memory: PlanMemory | undefined,
  ) {}

  /** Every stage refers to stages above it only, so that the order of the file is one in which they can be built. */
  plan(target: Stage): StagePlan[] {
    const { stages } = this.dockerfile;
    const wanted = this.inputs.allStages === true ? stages : buildOrder(stages, target);
    for (const { index } of wanted) this.planIndex(index);
    return [...this.plans.values()].sort((a, b) => a.stage.index - b.stage.index);
  }

  private planIndex(index: number): StagePlan {
    const known = this.plans.get(index);
    if (known !== undefined) return known;
    const stage = this.dockerfile.stages[index]!;
    const base = this.bases[index]!;
    const below = base.base.kind === 'stage' ? this.planIndex(base.base.stage) : undefined;
    const plan =
      this.memory?.plan(stage, below) ?? planStage(this.dockerfile, stage, base, below, this.globals, this.inputs);
    this.memory?.keep(stage, base, below, plan);
    this.plans.set(index, plan);
    for (const needed of plan.stage.needs) this.planIndex(needed);
    return plan;
  }
}

/** With the labels that the build was asked for: the last thing that happens to the image. */
function labelled({ stage }: StagePlan, { labels = {} }: PlanInputs): PlannedStage {
  const names = Object.keys(labels).sort();
  if (names.length === 0) return stage;
  const config = { ...stage.config, Labels: { ...stage.config.Labels, ...labels } };
  const createdBy = `LABEL ${names.map((name) => `${name}=${labels[name] ?? ''}`).join(' ')}`;
  const step: PlannedStep = {
    keyword: 'LABEL',
    range: stage.steps.at(-1)?.range ?? stage.range,
    text: createdBy,
    createdBy,
    unrecorded: true,
    trigger: false,
    layer: false,
    effect: { kind: 'metadata' },
    variables: {},
    config,
  };
  return { ...stage, steps: [...stage.steps, step], config };
}

function referencesOf(stages: readonly PlannedStage[]): string[] {
  const references = new Set<string>();
  for (const { base, steps } of stages) {
    if (base.kind === 'image') references.add(base.reference);
    for (const origin of steps.flatMap(originsOf)) {
      if (origin.kind === 'image' && origin.refused !== true) references.add(origin.reference);
    }
  }
  return [...references];
}

function noTarget(stages: readonly Stage[], { target = '' }: PlanInputs): PlanProblem {
  const error = { severity: 'error', range: stages[0]?.from.node.range ?? START } as const;
  if (stages.length === 0) return { ...error, code: 'no-stages', message: 'dockerfile contains no stages to build' };
  const near = didYouMean(
    target,
    stages.flatMap(({ name }) => name ?? []),
  );
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`;
  const message = `target stage ${JSON.stringify(target)} could not be found${hint}`;
  return { ...error, code: 'target-unknown', message, subject: target };
}
