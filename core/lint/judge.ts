import type { Parsed, Problem, Range } from '../dockerfile/ast.ts';
import type { Dockerfile } from '../dockerfile/stages.ts';
import type { PlanProblem } from '../plan/plan.ts';
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

/** What is wrong with a Dockerfile: by itself, by the rules, and, where there is a plan, by what lies in its context. */
export function judge(
  { value: dockerfile, problems }: Parsed<Dockerfile>,
  text: string,
  options: LintOptions,
  planned: readonly PlanProblem[] = [],
): Complaint[] {
  const own = [...problems, ...checkProblems(dockerfile)];
  const news = planned.filter((problem) => isNew(problem, dockerfile, own));
  const findings = lintDockerfile(dockerfile, text, options).filter((finding) => !isTold(finding, news));
  return [...own.map(ofProblem), ...findings, ...news.map(ofProblem)];
}

/** What is wrong by itself, of a problem. */
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
