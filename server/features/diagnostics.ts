import { type Diagnostic, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver/node';
import type { Problem } from '../../core/dockerfile/ast.ts';
import { type Finding, isNew, isTold } from '../../core/lint/lint.ts';
import type { PlanProblem } from '../../core/plan/plan.ts';
import type { Preview, Reading } from '../reading.ts';

/** Whose diagnostics they are, as the Problems view says. */
export const SOURCE = 'Lapstrake';

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  style: DiagnosticSeverity.Hint,
} as const;

/** All that is wrong with a Dockerfile by itself, by what rules found, and by what is said here of its context. */
export function diagnosticsOf(
  { problems }: Reading,
  found: readonly Finding[],
  context: readonly PlanProblem[] = [],
): Diagnostic[] {
  const findings = found.filter((finding) => !isTold(finding, context));
  return [
    ...problems.map(diagnosticOfProblem),
    ...findings.map(diagnosticOfFinding),
    ...context.map(diagnosticOfProblem),
  ];
}

/** What is wrong with it by what lies in its context, and is not told already. */
export function contextProblems(reading: Reading, { plan }: Preview): PlanProblem[] {
  return plan.problems.filter((problem) => isNew(problem, reading.dockerfile, reading.problems));
}

/** A problem of the text or the plan as the editor shows it. */
export function diagnosticOfProblem({ code, message, range, severity }: Problem | PlanProblem): Diagnostic {
  return { source: SOURCE, code, message, range, severity: SEVERITIES[severity] };
}

/** What a rule found as the editor shows it. */
export function diagnosticOfFinding({ code, message, range, severity, url, tag }: Finding): Diagnostic {
  return {
    source: SOURCE,
    code,
    message,
    range,
    severity: SEVERITIES[severity],
    ...(url !== undefined && { codeDescription: { href: url } }),
    ...(tag !== undefined && { tags: [tag === 'deprecated' ? DiagnosticTag.Deprecated : DiagnosticTag.Unnecessary] }),
  };
}
