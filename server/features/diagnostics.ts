import { type Diagnostic, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver/node';
import { type Complaint, complaintsOf, type Finding, isNew } from '../../core/lint/lint.ts';
import type { PlanProblem } from '../../core/plan/plan.ts';
import type { Preview } from '../preview.ts';
import type { Reading } from '../reading.ts';

/** Whose diagnostics they are, as the Problems view says. */
export const SOURCE = 'Lapstrake';

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  style: DiagnosticSeverity.Hint,
} as const;

/** What the editor calls how bad something is. */
export function severityOf({ severity }: Pick<Complaint, 'severity'>): DiagnosticSeverity {
  return SEVERITIES[severity];
}

/** All that is wrong with a Dockerfile by itself, by what rules found, and by what is said here of its context. */
export function diagnosticsOf(
  { problems }: Pick<Reading, 'problems'>,
  found: readonly Finding[],
  context: readonly PlanProblem[] = [],
): Diagnostic[] {
  return complaintsOf(problems, found, context).map(diagnosticOf);
}

/** What is wrong with it by what lies in its context, and is not told already. */
export function contextProblems(reading: Reading, { plan }: Preview): PlanProblem[] {
  return plan.problems.filter((problem) => isNew(problem, reading.dockerfile, reading.problems));
}

/** A complaint as the editor shows it. */
export function diagnosticOf({ code, message, range, severity, url, tag }: Complaint): Diagnostic {
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
