import type { BuildPlan, PlannedStep } from '../../core/plan/plan.ts';
import type { SourceRange } from '../../core/plan/source-range.ts';

/** A step of a build with its number among all of them, FROMs included. */
export interface NumberedStep {
  /** From 1. */
  readonly number: number;
  readonly total: number;
  /** Of the stage: its name, or its number from 0. */
  readonly stage: string;
  readonly keyword: string;
  readonly text: string;
  readonly range: SourceRange;
  /** References of images that it takes files from, or stands on. */
  readonly images: readonly string[];
}

/** The step whose instruction has the range's first line; of those that a FROM fires, the one of that text. */
export function stepAt(plan: BuildPlan, { start }: SourceRange, trigger?: string): NumberedStep | undefined {
  const there = numberedSteps(plan).filter(
    ({ range }) => range.start.line <= start.line && start.line <= range.end.line,
  );
  return there.find(({ text }) => text === trigger) ?? there[0];
}

/** The first step that needs an image. */
export function stepThatNames(plan: BuildPlan, reference: string): NumberedStep | undefined {
  return numberedSteps(plan).find(({ images }) => images.includes(reference));
}

/** Number of the steps that `numberedSteps` gives. */
export function totalSteps({ stages }: BuildPlan): number {
  return stages.reduce((sum, { steps }) => sum + 1 + steps.length, 0);
}

/** All steps in the order in which they are executed. */
function numberedSteps(plan: BuildPlan): NumberedStep[] {
  const total = totalSteps(plan);
  const steps: Omit<NumberedStep, 'number' | 'total'>[] = plan.stages.flatMap(
    ({ index, name, range, text, base, steps }) => [
      {
        stage: name ?? String(index),
        keyword: 'FROM',
        text,
        range,
        images: base.kind === 'image' ? [base.reference] : [],
      },
      ...steps.map((step) => ({
        stage: name ?? String(index),
        keyword: step.keyword,
        text: step.text,
        range: step.range,
        images: imagesOf(step),
      })),
    ],
  );
  return steps.map((step, index) => ({ ...step, number: index + 1, total }));
}

function imagesOf({ effect }: PlannedStep): string[] {
  const origins =
    effect.kind === 'copy' ? [effect.origin] : effect.kind === 'run' ? effect.mounts.map(({ origin }) => origin) : [];
  return origins.flatMap((origin) => (origin?.kind === 'image' ? [origin.reference] : []));
}
