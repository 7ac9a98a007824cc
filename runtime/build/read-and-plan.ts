import { readDockerfile } from '../../core/dockerfile/read.ts';
import { planDockerfile } from '../../core/plan/plan-dockerfile.ts';
import { BuildError, lineOf } from './build-error.ts';
import type { PlanDockerfile } from './planning.ts';

/** Reads and plans with core/: the one way in which builds come by a plan. */
export const readAndPlan: PlanDockerfile = (text) => {
  const { value: dockerfile, problems } = readDockerfile(text);
  const error = problems.find(({ severity }) => severity === 'error');
  if (error !== undefined) {
    throw new BuildError('invalid', {
      code: error.code,
      message: `dockerfile parse error on line ${lineOf(error.range)}: ${error.message}`,
      range: error.range,
    });
  }
  return (inputs) => {
    const planned = planDockerfile(dockerfile, inputs);
    return { value: planned.value, problems: [...problems, ...planned.problems] };
  };
};
