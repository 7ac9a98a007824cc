import { relative } from 'node:path';
import type { DiskContext } from '../../core/disk/read-context.ts';
import type { BuildPlan } from '../../core/plan/plan.ts';
import { EngineError } from '../errors.ts';
import { BuildError } from './build-error.ts';
import type { BuildProgress } from './builder.ts';
import { stepAt, stepThatNames } from './plan-steps.ts';
import type { BuildProblem, FoundChecks } from './planning.ts';

/** A context of which something might be taken that was to be left out is none. Error: BuildError. */
export function refuseIgnoreProblems({ root, ignoreFile = '', ignoreProblems }: DiskContext): void {
  const [problem] = ignoreProblems;
  if (problem === undefined) return;
  const message = `${relative(root, ignoreFile)}:${problem.line + 1}: ${problem.message}`;
  throw new BuildError('invalid', { code: 'ignore-invalid', message, subject: ignoreFile });
}

/** An image that cannot be had fails at the instruction that names it. */
export function unobtainable(plan: BuildPlan, reference: string, error: unknown, progress: BuildProgress): unknown {
  const step = stepThatNames(plan, reference);
  if (step === undefined || !(error instanceof EngineError)) return error;
  progress({ kind: 'step', ...step });
  const { kind, code, message } = error;
  return new BuildError(kind, { code, message, range: step.range, subject: reference, cause: error });
}

/** Warnings are told; the first error ends the build, at its instruction where it has one. */
export function report(plan: BuildPlan, problems: readonly BuildProblem[], progress: BuildProgress): void {
  const error = problems.find(({ severity }) => severity === 'error');
  if (error !== undefined) {
    const step = error.range === undefined ? undefined : stepAt(plan, error.range, error.trigger);
    if (step !== undefined) progress({ kind: 'step', ...step });
    throw planError(error, step?.keyword ?? 'COPY');
  }
  for (const { message, range } of problems) progress({ kind: 'warning', message, ...(range && { range }) });
}

/** A build fails where its `check` asks it to and something is found (`error=true`). */
export function refuseViolations({ findings, fails }: FoundChecks): void {
  const [first] = findings;
  if (!fails || first === undefined) return;
  const rules = [...new Set(findings.map(({ rule }) => rule))].sort().join(', ');
  const lines = findings.map(({ rule, message, lines: { start } }) => `line ${start + 1}: ${message} (${rule})`);
  const { start, end } = first.lines;
  throw new BuildError('invalid', {
    code: 'check-violated',
    message: `lint violation found for rules: ${rules}: ${lines.join('; ')}`,
    range: { start: { line: start, character: 0 }, end: { line: end, character: 0 } },
  });
}

/** What it may do is for whoever builds to say, cached or not. */
export function refuseInsecure(plan: BuildPlan, progress: BuildProgress): void {
  for (const { effect, range } of plan.stages.flatMap(({ steps }) => steps)) {
    if (effect.kind !== 'run' || effect.security !== 'insecure') continue;
    const step = stepAt(plan, range);
    if (step !== undefined) progress({ kind: 'step', ...step });
    throw new BuildError('forbidden', {
      code: 'security-insecure',
      message: 'RUN --security=insecure is not allowed: security.insecure',
      range,
    });
  }
}

function planError({ code, message, range, subject, trigger }: BuildProblem, keyword: string): BuildError {
  const isMissing = code === 'copy-source-missing' || code === 'copy-source-ignored';
  const asker = trigger === undefined ? '' : ` (ONBUILD ${trigger} of the base image asks for it)`;
  return new BuildError('invalid', {
    code,
    message: isMissing
      ? `${keyword} failed: file not found in build context or excluded by .dockerignore: stat ${subject ?? ''}: file does not exist${asker}`
      : message,
    range,
    subject,
  });
}
