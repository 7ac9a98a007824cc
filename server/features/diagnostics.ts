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

/**
 * All that is wrong with a Dockerfile: by itself, by the rules, and by what lies in its context; without the last as long
 * as there is no preview.
 */
export function diagnosticsOf(reading: Reading, preview?: Preview): Diagnostic[] {
  return [
    ...reading.problems.map(ofProblem),
    ...reading.findings(preview?.images ?? new Map()).map(ofFinding),
    ...(preview?.plan.problems ?? []).filter((problem) => isNew(problem, reading)).map(ofProblem),
  ];
}

function ofProblem({ code, message, range, severity }: Problem | PlanProblem): Diagnostic {
  return { source: SOURCE, code, message, range, severity: SEVERITIES[severity] };
}

function ofFinding({ code, message, range, severity, url, tag }: Finding): Diagnostic {
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
function isNew({ code, range, subject }: PlanProblem, { problems, dockerfile }: Reading): boolean {
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
