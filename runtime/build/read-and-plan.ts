import { isKnownFrontend } from '../../core/dockerfile/known-frontend.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import type { Dockerfile } from '../../core/dockerfile/stages.ts';
import { violatedChecks } from '../../core/lint/build-checks.ts';
import { checkProblems } from '../../core/lint/check-problems.ts';
import { planDockerfile } from '../../core/plan/plan-dockerfile.ts';
import { BuildError, lineOf } from './build-error.ts';
import type { BuildProblem, PlanDockerfile } from './planning.ts';

/** Reads and plans with core/: the one way in which builds come by a plan. */
export const readAndPlan: PlanDockerfile = (text) => {
  const { value: dockerfile, problems } = readDockerfile(text);
  const error = problems.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw parseError(error);
  checkDirective(dockerfile, text);
  const warnings = [...problems, ...frontendProblems(dockerfile)];
  return (inputs) => {
    const planned = planDockerfile(dockerfile, inputs);
    return { value: planned.value, problems: [...warnings, ...planned.problems] };
  };
};

function parseError({ code, message, range }: BuildProblem): BuildError {
  return new BuildError('invalid', {
    code,
    message: `dockerfile parse error on line ${lineOf(range)}: ${message}`,
    range,
  });
}

/** A build fails where its `check` directive cannot be read, or asks it to and something is found. */
function checkDirective(dockerfile: Dockerfile, text: string): void {
  const problem = checkProblems(dockerfile).find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw parseError(problem);
  const findings = violatedChecks(dockerfile, text);
  const [first] = findings;
  if (first === undefined) return;
  const rules = [...new Set(findings.map(({ code }) => code))].sort().join(', ');
  const lines = findings.map(({ code, message, range }) => `line ${lineOf(range)}: ${message} (${code})`);
  throw new BuildError('invalid', {
    code: 'check-violated',
    message: `lint violation found for rules: ${rules}: ${lines.join('; ')}`,
    range: first.range,
  });
}

/** No frontend is fetched. */
function frontendProblems({ syntax }: Dockerfile): BuildProblem[] {
  const directive = syntax.directives.find(({ name }) => name === 'syntax');
  if (directive === undefined || isKnownFrontend(directive.value.text)) return [];
  const { text, range } = directive.value;
  const message = `the frontend ${text} is not used: this Dockerfile is read as docker/dockerfile, which is built in; what only ${text} knows is an error`;
  return [{ code: 'frontend-unknown', severity: 'warning', message, range }];
}
