import { isKnownFrontend } from '../../core/dockerfile/known-frontend.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { excerptOf } from '../../core/dockerfile/source-excerpt.ts';
import type { Dockerfile } from '../../core/dockerfile/stages.ts';
import { formatPlatform } from '../../core/image/platform.ts';
import { buildChecks } from '../../core/lint/build-checks.ts';
import { type CheckOptions, parseCheckOptions } from '../../core/lint/check-options.ts';
import { checkProblems } from '../../core/lint/check-problems.ts';
import type { LintBase } from '../../core/lint/lint-options.ts';
import { putWithin } from '../../core/match/bounded-map.ts';
import { ownValue } from '../../core/plan/global-arguments.ts';
import { planDockerfile } from '../../core/plan/plan-dockerfile.ts';
import { sourceDateOf } from '../../core/plan/source-date.ts';
import { invalid } from '../errors.ts';
import { BuildError, lineOf } from './build-error.ts';
import type { BuildProblem, FoundChecks, KnownToChecks, PlanDockerfile, ReadFile } from './planning.ts';

/** Dockerfiles that are remembered, and the longest of them, in characters. */
const MOST_REMEMBERED = 32;
const LONGEST_REMEMBERED = 1 << 20;

/**
 * Reads and plans with core/: the one way in which builds come by a plan. A text that was read before is not read, and not
 * checked, again.
 */
export function createReadAndPlan(): PlanDockerfile {
  const remembered = new Map<string, Text>();
  return (text, buildArgs) => {
    const known = remembered.get(text) ?? new Text(text);
    if (text.length <= LONGEST_REMEMBERED) putWithin(remembered, text, known, MOST_REMEMBERED);
    return known.for(buildArgs);
  };
}

/** What is known of the text of a Dockerfile. */
class Text {
  readonly #read: ReturnType<typeof readDockerfile>;
  /** Of the last question, which is most often that of the next build. */
  #checks: { readonly of: string; readonly found: FoundChecks } | undefined;

  constructor(private readonly text: string) {
    this.#read = readDockerfile(text);
  }

  /** Error: BuildError where it cannot be read. */
  for(buildArgs: Readonly<Record<string, string>>): ReadFile {
    const { value: dockerfile, problems } = this.#read;
    const error = problems.find(({ severity }) => severity === 'error');
    if (error !== undefined) throw parseError(error);
    const check = checkArgument(buildArgs);
    if (check === undefined) refuseDirective(dockerfile);
    const warnings = [...problems, ...frontendProblems(dockerfile, buildArgs)];
    return {
      plan: (inputs) => {
        const planned = planDockerfile(dockerfile, inputs);
        return { value: planned.value, problems: [...warnings, ...planned.problems] };
      },
      sourceDate: (inputs) => sourceDateOf(dockerfile, inputs),
      check: (known) => this.#check(dockerfile, check, known),
    };
  }

  #check(dockerfile: Dockerfile, check: CheckOptions | undefined, known: KnownToChecks): FoundChecks {
    const { images, platform, plan, problems, buildArgs } = known;
    const ignoredSources = problems.flatMap(({ code, range, subject: path = '' }) =>
      code === 'copy-source-ignored' && range !== undefined ? [{ range, path }] : [],
    );
    const stages = plan.stages.map(({ index }) => index);
    const bases = [...images].map(([name, { id }]) => [name, id]);
    const of = JSON.stringify([check, platform, stages, bases, buildArgs, ignoredSources]);
    if (this.#checks?.of === of) return this.#checks.found;
    const { findings, fails } = buildChecks(dockerfile, this.text, {
      ...{ buildArgs, platform, stages: new Set(stages), ignoredSources },
      ...(check !== undefined && { check }),
      baseOf: (reference) => baseOf(reference, images),
    });
    const lines = this.text.split('\n');
    const inPlace = findings.map((each) => ({ ...each, excerpt: excerptOf(lines, each.lines) }));
    const found = { findings: inPlace, fails };
    this.#checks = { of, found };
    return found;
  }
}

/** What is known of a base image: it is one of those that were fetched, for whatever platform. */
function baseOf(reference: string, images: KnownToChecks['images']): LintBase | undefined {
  const [, image] = [...images].find(([key]) => key === reference || key.startsWith(`${reference} `)) ?? [];
  if (image === undefined) return undefined;
  const { config } = image;
  return {
    env: config.config.Env ?? [],
    platform: formatPlatform(config),
    ...(config.config.Shell && { shell: config.config.Shell }),
  };
}

function parseError({ code, message, range }: BuildProblem): BuildError {
  const at = range === undefined ? '' : ` on line ${lineOf(range)}`;
  return new BuildError('invalid', { code, message: `dockerfile parse error${at}: ${message}`, range });
}

/** What BUILDKIT_DOCKERFILE_CHECK says, which counts in the place of the `check` directive. Error: EngineError `invalid`. */
function checkArgument(buildArgs: Readonly<Record<string, string>>): CheckOptions | undefined {
  const text = ownValue(buildArgs, 'BUILDKIT_DOCKERFILE_CHECK');
  if (text === undefined) return undefined;
  const options = parseCheckOptions(text);
  if (!('problem' in options)) return options;
  throw invalid({
    code: 'check-argument-invalid',
    message: `failed to parse BUILDKIT_DOCKERFILE_CHECK: ${options.problem}`,
    subject: text,
  });
}

/** A build fails where its `check` directive cannot be read. */
function refuseDirective(dockerfile: Dockerfile): void {
  const problem = checkProblems(dockerfile).find(({ severity }) => severity === 'error');
  if (problem !== undefined) throw parseError(problem);
}

/** No frontend is fetched: neither that of BUILDKIT_SYNTAX, which counts first, nor that of the `syntax` directive. */
function frontendProblems({ syntax }: Dockerfile, buildArgs: Readonly<Record<string, string>>): BuildProblem[] {
  const argument = ownValue(buildArgs, 'BUILDKIT_SYNTAX')?.trim().split(' ')[0];
  const directive = syntax.directives.find(({ name }) => name === 'syntax');
  const frontend = argument ?? directive?.value.text;
  if (frontend === undefined || isKnownFrontend(frontend)) return [];
  const message = `the frontend ${frontend} is not used: this Dockerfile is read as docker/dockerfile, which is built in; what only ${frontend} knows is an error`;
  const range = argument === undefined ? directive?.value.range : undefined;
  return [{ code: 'frontend-unknown', severity: 'warning', message, ...(range && { range }) }];
}
