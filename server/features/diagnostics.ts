import { type Diagnostic, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver/node';
import type { Problem } from '../../core/dockerfile/ast.ts';
import type { Finding } from '../../core/lint/lint.ts';
import type { PlanProblem } from '../../core/plan/plan.ts';
import type { Preview, Reading } from '../reading.ts';

/** Whose diagnostics they are, as the Problems view says. */
export const SOURCE = 'Lapstrake';

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const;

/** All that is wrong with a Dockerfile by itself and by the rules. */
export function diagnosticsOf(reading: Reading): Diagnostic[] {
  return [...reading.problems.map(diagnosticOfProblem), ...reading.findings().map(diagnosticOfFinding)];
}

/** What is wrong with it by what lies in its context, and is not told already. */
export function contextProblems(reading: Reading, { plan }: Preview): PlanProblem[] {
  return plan.problems.filter((problem) => isNew(problem, reading));
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

/** What follows from a mistake that is told already, or hangs on build args that the editor does not know, is not told. */
function isNew({ code, range, subject }: PlanProblem, reading: Reading): boolean {
  const { problems, dockerfile } = reading;
  if (code === 'no-stages') return dockerfile.instructions.length > 0 && problems.length === 0;
  if ((code === 'base-invalid' || code === 'platform-invalid') && subject?.includes('$')) return false;
  const at = reading.instructionAt(range.start.line);
  if (at === undefined) return true;
  const { startLine, endLine } = at.node;
  return !problems.some(
    ({ severity, range: { start } }) => severity === 'error' && startLine <= start.line && start.line <= endLine,
  );
}
