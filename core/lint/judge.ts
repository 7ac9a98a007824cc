import type { Parsed, Problem, Range } from '../dockerfile/ast.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { Platform } from '../image/platform.ts';
import type { FileTree } from '../plan/file-tree.ts';
import type { PlanInputs, PlanProblem } from '../plan/plan.ts';
import { planDockerfile } from '../plan/plan-dockerfile.ts';
import { checkProblems } from './check-problems.ts';
import type { Finding } from './finding.ts';
import { lintDockerfile } from './lint.ts';
import type { LintOptions } from './lint-options.ts';
import { problemAliases } from './problem-aliases.ts';
import type { FindingSeverity, Fix } from './rule.ts';

/** Something that is wrong with a Dockerfile, wherever it was found. */
export interface Complaint {
  /** Of a rule (`WorkdirRelativePath`), of a problem (`instruction-unknown`), or ShellCheck's (`SC2086`). */
  readonly code: string;
  readonly aliases: readonly string[];
  readonly message: string;
  readonly severity: FindingSeverity;
  readonly range: Range;
  /** Of what a comment can turn off: the lines, from 0, of the instruction that it has to stand above. */
  readonly lines?: { readonly start: number; readonly end: number };
  readonly url?: string;
  readonly tag?: 'deprecated' | 'unnecessary';
  readonly fixes: readonly Fix[];
}

/** What a Dockerfile is planned over. */
export interface Ground {
  readonly buildPlatform: Platform;
  /** Absent where it is not to be looked at. */
  readonly context?: { readonly tree: FileTree; readonly ignore: NonNullable<PlanInputs['ignore']> };
}

/**
 * What is wrong with a Dockerfile that no editor has open: by itself, by the rules, and by what lies in its context. The
 * images of the engine and the registries are not asked for.
 */
export function judge(parsed: Parsed<Dockerfile>, text: string, options: LintOptions, ground: Ground): Complaint[] {
  const { value: dockerfile } = parsed;
  const { buildPlatform, context } = ground;
  const planned = planDockerfile(dockerfile, {
    ...(context && { context: context.tree, ignore: context.ignore }),
    ...{ buildArgs: {}, images: new Map(), buildPlatform, allStages: true },
  });
  const own = ownProblems(parsed);
  const findings = lintDockerfile(dockerfile, text, { baseOf: () => undefined, ...options });
  return complaintsOf(
    own,
    findings,
    planned.problems.filter((problem) => isNew(problem, dockerfile, own)),
  );
}

/** What keeps a Dockerfile, or its `check` directive, from being read. */
export function ownProblems({ value, problems }: Parsed<Dockerfile>): readonly Problem[] {
  return [...problems, ...checkProblems(value)];
}

/** One list of all that was found, wherever: nothing is told twice. `news`: what the plan says and is not told already. */
export function complaintsOf(
  own: readonly Problem[],
  findings: readonly Finding[],
  news: readonly PlanProblem[],
): Complaint[] {
  return [...own.map(ofProblem), ...findings.filter((finding) => !isTold(finding, news)), ...news.map(ofProblem)];
}

/** A problem as a complaint. */
export function ofProblem(problem: Problem | PlanProblem): Complaint {
  const { code, message, range, severity } = problem;
  return { code, aliases: problemAliases(problem), message, range, severity, fixes: [] };
}

/** What follows from a mistake that is told already, or hangs on build args that nobody gave, is not told. */
export function isNew(
  { code, range, subject }: PlanProblem,
  dockerfile: Dockerfile,
  problems: readonly Problem[],
): boolean {
  if (code === 'no-stages') return dockerfile.instructions.length > 0 && problems.length === 0;
  if ((code === 'base-invalid' || code === 'platform-invalid') && subject?.includes('$')) return false;
  const at = dockerfile.instructions.find(
    ({ node }) => node.startLine <= range.start.line && range.start.line <= node.endLine,
  );
  if (at === undefined) return true;
  const { startLine, endLine } = at.node;
  return !problems.some(
    ({ severity, range: { start } }) => severity === 'error' && startLine <= start.line && start.line <= endLine,
  );
}

/** Whether the plan has found the same, in BuildKit's words. */
export function isTold({ code, lines }: Finding, news: readonly PlanProblem[]): boolean {
  return news.some(
    (problem) =>
      problemAliases(problem).includes(code) &&
      lines.start <= problem.range.start.line &&
      problem.range.start.line <= lines.end,
  );
}
