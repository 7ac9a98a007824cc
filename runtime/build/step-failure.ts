import type { PlannedStep } from '../../core/plan/plan.ts';
import { EngineError } from '../errors.ts';
import { BuildError } from './build-error.ts';
import { keepState } from './failed-state.ts';
import type { BuildFloor } from './floor.ts';
import type { OutputTail } from './output-tail.ts';
import type { StageState } from './stage-state.ts';

/** Lines of output that a failure tells. */
const LAST_LINES = 20;

/**
 * Why a step failed, with the instruction that it happened to; of RUN with what its command wrote last, and with what
 * there was before, where that is wanted.
 */
export async function stepFailure(
  cause: unknown,
  {
    floor,
    state,
    step,
    output,
    keepFailed,
  }: {
    readonly floor: BuildFloor;
    readonly state: StageState;
    readonly step: PlannedStep;
    readonly output: OutputTail;
    readonly keepFailed: boolean | undefined;
  },
): Promise<unknown> {
  const error = placed(cause, step);
  const { effect } = step;
  if (!(error instanceof BuildError) || effect.kind !== 'run') return error;
  const { kind, code, message, range, exitCode, subject } = error;
  const stateBefore = keepFailed === true ? await keepState(floor, state, step, effect) : undefined;
  const lines = output.lastLines(LAST_LINES);
  return new BuildError(kind, { code, message, range, exitCode, subject, cause: error, output: lines, stateBefore });
}

/** An error of a lower floor, such as a user that the image does not know, with the instruction that it happened to. */
function placed(error: unknown, { range }: PlannedStep): unknown {
  if (!(error instanceof EngineError) || error instanceof BuildError || error.kind === 'cancelled') return error;
  const { kind, code, message, subject } = error;
  return new BuildError(kind, { code, message, subject, range, cause: error });
}
