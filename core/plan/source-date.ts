import type { Dockerfile } from '../dockerfile/stages.ts';
import { ownValue, type Variables } from './global-arguments.ts';
import type { PlanInputs, PlanProblem } from './plan.ts';
import { globalVariables } from './plan-base.ts';
import type { SourceRange } from './source-range.ts';

/** Where reproducible builds say which moment they are from (reproducible-builds.org). */
export const SOURCE_DATE = 'SOURCE_DATE_EPOCH';

/** Which moment a build is to be from: seconds since 1970, that of its context, or none. */
export type SourceDate =
  | { readonly kind: 'none' }
  | { readonly kind: 'seconds'; readonly seconds: number }
  | { readonly kind: 'context' }
  /** `range`: of the default in the Dockerfile, where that is meant. */
  | { readonly kind: 'invalid'; readonly message: string; readonly range?: SourceRange };

/**
 * Reads SOURCE_DATE_EPOCH as BuildKit does: the build's argument, else an ARG above the first FROM that has a default. Another
 * stage's time, which BuildKit's newest versions take by its name, is not to be had here. `globals`: the arguments in force for
 * FROM.
 */
export function sourceDateOf(
  dockerfile: Dockerfile,
  inputs: PlanInputs,
  globals: Variables = globalVariables(dockerfile, inputs).variables,
): SourceDate {
  const given = ownValue(inputs.buildArgs, SOURCE_DATE);
  const date = readSourceDate(given ?? globals.get(SOURCE_DATE) ?? '', dockerfile);
  const arg = dockerfile.globalArgs.flatMap(({ args }) => args).findLast(({ name }) => name.text === SOURCE_DATE);
  if (date.kind !== 'invalid' || given !== undefined || arg === undefined) return date;
  return { ...date, range: (arg.value ?? arg.name).range };
}

/** What keeps the default in a Dockerfile from being a moment. */
export function sourceDateProblems(dockerfile: Dockerfile, inputs: PlanInputs, globals: Variables): PlanProblem[] {
  const date = sourceDateOf(dockerfile, inputs, globals);
  if (date.kind !== 'invalid' || date.range === undefined) return [];
  const { message, range } = date;
  return [{ code: 'source-date-invalid', severity: 'error', message, range, subject: SOURCE_DATE }];
}

function readSourceDate(text: string, { stages }: Dockerfile): SourceDate {
  if (text === '') return { kind: 'none' };
  if (text === 'context') return { kind: 'context' };
  const seconds = /^[+-]?\d{1,11}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isNaN(new Date(seconds * 1000).getTime())) return { kind: 'seconds', seconds };
  const isStage = stages.some(({ name }) => name === text.toLowerCase());
  const why = isStage ? `the time of stage ${text} is not taken` : 'it is a number of seconds since 1970, or context';
  return { kind: 'invalid', message: `invalid ${SOURCE_DATE}: ${text}: ${why}` };
}
