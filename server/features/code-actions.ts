import { type CodeAction, type CodeActionContext, CodeActionKind, type Diagnostic } from 'vscode-languageserver/node';
import type { Position, Range } from '../../core/dockerfile/ast.ts';
import type { Complaint, TextEdit } from '../../core/lint/lint.ts';
import type { Reading } from '../reading.ts';
import { ignoreFinding } from './ignore-finding.ts';

/** Quick fixes for what is wrong in a range. */
export async function codeActions(
  reading: Reading,
  range: Range,
  { diagnostics }: CodeActionContext,
): Promise<CodeAction[]> {
  const complaints = reading.complaints(await reading.preview()).filter((each) => overlaps(each.range, range));
  return [
    ...reading.problems
      .filter((problem) => problem.suggestion !== undefined && overlaps(problem.range, range))
      .map((problem) =>
        quickFix(reading, {
          title: `Change to “${problem.suggestion}”`,
          edits: [{ range: problem.range, newText: problem.suggestion ?? '' }],
          diagnostics: matching(diagnostics, problem.code, problem.range),
          preferred: true,
        }),
      ),
    ...complaints.flatMap((complaint) => fixesOf(reading, complaint, diagnostics)),
  ];
}

function fixesOf(reading: Reading, complaint: Complaint, diagnostics: readonly Diagnostic[]): CodeAction[] {
  const own = matching(diagnostics, complaint.code, complaint.range);
  const fixes = complaint.fixes.map(({ title, edits, preferred = false }) =>
    quickFix(reading, { title, edits, diagnostics: own, preferred }),
  );
  const ignore = ignoreFinding(complaint, reading.dockerfile, reading.text);
  if (ignore === undefined) return fixes;
  const { title, edit } = ignore;
  return [...fixes, quickFix(reading, { title, edits: [edit], diagnostics: own, preferred: false })];
}

interface FixParts {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly diagnostics: Diagnostic[];
  readonly preferred: boolean;
}

function quickFix({ uri, version }: Reading, { title, edits, diagnostics, preferred }: FixParts): CodeAction {
  return {
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics,
    isPreferred: preferred,
    edit: { documentChanges: [{ textDocument: { uri, version }, edits: [...edits] }] },
  };
}

function matching(diagnostics: readonly Diagnostic[], code: string, { start }: Range): Diagnostic[] {
  return diagnostics.filter(
    (each) =>
      each.code === code && each.range.start.line === start.line && each.range.start.character === start.character,
  );
}

function overlaps(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
