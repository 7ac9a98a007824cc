import { type Diagnostic, DiagnosticSeverity, DiagnosticTag } from 'vscode-languageserver/node';
import type { Complaint } from '../../core/lint/lint.ts';
import type { Preview, Reading } from '../reading.ts';

/** Whose diagnostics they are, as the Problems view says. */
export const SOURCE = 'Lapstrake';

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
  style: DiagnosticSeverity.Hint,
} as const;

/**
 * All that is wrong with a Dockerfile: by itself, by the rules, and by what lies in its context; without the last as long
 * as there is no preview.
 */
export function diagnosticsOf(reading: Reading, preview?: Preview): Diagnostic[] {
  return reading.complaints(preview).map(toDiagnostic);
}

function toDiagnostic({ code, message, range, severity, url, tag }: Complaint): Diagnostic {
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
