import { assertNever } from '../../core/plan/assert-never.ts';
import type { PlannedStep } from '../../core/plan/plan.ts';
import type { CacheMountLocks } from './cache-mount-locks.ts';
import { copyStep } from './copy-step.ts';
import { directoryStep } from './directory-step.ts';
import { runStep } from './run-step.ts';
import type { MadeLayer, StepContext } from './step-context.ts';

/** Does what a step does, cached or not; gives its layer, where it makes one. */
export function doStep(
  context: StepContext,
  { effect, keyword, range }: PlannedStep,
  locks: CacheMountLocks,
): Promise<MadeLayer | undefined> {
  switch (effect.kind) {
    case 'metadata':
      return Promise.resolve(undefined);
    case 'make-directory':
      return directoryStep(context, effect, range);
    case 'copy':
      return copyStep(context, effect, keyword, range);
    case 'run':
      return runStep(context, effect, range, locks);
    default:
      return assertNever(effect);
  }
}
