import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import { SOURCE } from './features/diagnostics.ts';

/** The setting that says how many diagnostics a document has at most, and what it is unless it is set: what VS Code shows. */
export const LIMIT_SETTING = 'lapstrake.lint.maxNumberOfProblems';
export const DEFAULT_LIMIT = 1000;

/** From the most severe on. */
export const BY_SEVERITY = [
  DiagnosticSeverity.Error,
  DiagnosticSeverity.Warning,
  DiagnosticSeverity.Information,
  DiagnosticSeverity.Hint,
] as const;

/** Of more diagnostics than the limit those that are told: all that are more severe than `severity`, and of that so many. */
export interface Choice {
  readonly severity: DiagnosticSeverity;
  readonly most: number;
}

/**
 * What is told where there is more than the limit, the last place being for the note that says so; undefined where all of it is.
 * `counts`: how many there are, by severity.
 */
export function choiceOf(counts: readonly number[], limit: number): Choice | undefined {
  const total = BY_SEVERITY.reduce((sum, severity) => sum + (counts[severity] ?? 0), 0);
  if (total <= limit) return undefined;
  let most = limit - 1;
  for (const severity of BY_SEVERITY) {
    const count = counts[severity] ?? 0;
    if (count > most) return { severity, most };
    most -= count;
  }
  return undefined;
}

/** Says at the start of the document that so many of its diagnostics are not told. */
export function noteOfRest(count: number): Diagnostic {
  const start = { line: 0, character: 0 };
  return {
    source: SOURCE,
    code: 'max-number-of-problems',
    message: `${count} further problem${count === 1 ? ' is' : 's are'} not shown: ${LIMIT_SETTING} is the most that a file may have`,
    range: { start, end: start },
    severity: DiagnosticSeverity.Information,
  };
}

/** A list within the limit: the most severe, and within a severity those that come first in the text, in the order of the list. */
export function limited(list: readonly Diagnostic[], limit: number): readonly Diagnostic[] {
  const counts: number[] = [];
  for (const { severity = DiagnosticSeverity.Error } of list) counts[severity] = (counts[severity] ?? 0) + 1;
  const choice = choiceOf(counts, limit);
  if (choice === undefined) return list;
  const last = list.filter(({ severity }) => severity === choice.severity).sort(byPlace);
  const chosen = new Set(last.slice(0, choice.most));
  const told = list.filter((each) => isMoreSevere(each.severity, choice.severity) || chosen.has(each));
  return [...told, noteOfRest(list.length - told.length)];
}

/** Whether something is told whatever place it has. */
export function isMoreSevere(severity: DiagnosticSeverity | undefined, than: DiagnosticSeverity): boolean {
  return (severity ?? DiagnosticSeverity.Error) < than;
}

/** In the order of the text. */
export function byPlace({ range: { start: a } }: Diagnostic, { range: { start: b } }: Diagnostic): number {
  return a.line - b.line || a.character - b.character;
}
