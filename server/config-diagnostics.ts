import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import type { ConfigProblem } from '../core/lint/hadolint-config.ts';
import { SOURCE } from './features/diagnostics.ts';

/** What is wrong with a `.hadolint.yaml`, as the editor shows it; `counts`: whether the rest of the file is taken. */
export function configDiagnostic({ message, range }: ConfigProblem, counts: boolean): Diagnostic {
  const severity = counts ? DiagnosticSeverity.Warning : DiagnosticSeverity.Error;
  return { source: SOURCE, code: 'hadolint-config', message, range, severity };
}
