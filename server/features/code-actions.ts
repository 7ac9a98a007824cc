import { type CodeAction, type CodeActionContext, CodeActionKind, type Diagnostic } from 'vscode-languageserver/node';
import type { Range } from '../../core/dockerfile/ast.ts';
import { isBefore, isSamePosition, overlaps } from '../../core/dockerfile/positions.ts';
import { fixTitle } from '../../core/lint/fix-title.ts';
import type { Complaint, Finding, TextEdit } from '../../core/lint/lint.ts';
import type { Reading } from '../reading.ts';
import { fixAllEdit } from './fix-all.ts';
import { ignoreFiles } from './ignore-files.ts';
import { ignoreFinding } from './ignore-finding.ts';
import { lineEnd, withLineEnds } from './refactor/refactoring.ts';
import { refactorings } from './refactor/refactorings.ts';

/** What `source.fixAll` is called here: what people name in `editor.codeActionsOnSave`. */
export const FIX_ALL = `${CodeActionKind.SourceFixAll}.lapstrake`;

/** Kinds that are offered. */
export const ACTION_KINDS: string[] = [
  CodeActionKind.QuickFix,
  CodeActionKind.RefactorExtract,
  CodeActionKind.RefactorRewrite,
  FIX_ALL,
];

/** Quick fixes for what is wrong in a range, changes of form that can be made there, and all safe fixes of the file. */
export async function codeActions(reading: Reading, range: Range, context: CodeActionContext): Promise<CodeAction[]> {
  // What the rules find hangs on images, which the plan asks for.
  await reading.preview();
  if (reading.isOvertaken) return [];
  const wants = (kind: string): boolean => context.only?.some((each) => isBelow(kind, each)) ?? true;
  return [
    ...(wants(CodeActionKind.QuickFix) ? await quickFixes(reading, range, context) : []),
    ...(wants(CodeActionKind.RefactorExtract) || wants(CodeActionKind.RefactorRewrite)
      ? refactorings(reading, range)
          .filter(({ kind }) => wants(kind))
          .map(({ title, kind, edits }) => action(reading, { title, kind, edits }))
      : []),
    ...(context.only?.some((each) => isBelow(FIX_ALL, each)) ? fixAll(reading) : []),
  ];
}

function fixAll(reading: Reading): CodeAction[] {
  const edit = fixAllEdit(reading, reading.lintOptions);
  return edit === undefined
    ? []
    : [action(reading, { title: 'Fix all that can be fixed safely', kind: FIX_ALL, edits: [edit] })];
}

/** Whether a kind is the other one or one of those below it: `refactor.extract` below `refactor`. */
function isBelow(kind: string, other: string): boolean {
  return kind === other || other === '' || kind.startsWith(`${other}.`);
}

function action(
  reading: Reading,
  { title, kind, edits }: { title: string; kind: string; edits: readonly TextEdit[] },
): CodeAction {
  const { uri, version } = reading;
  const textDocument = { uri, version };
  return { title, kind, edit: { documentChanges: [{ textDocument, edits: withLineEnds(edits, lineEnd(reading)) }] } };
}

async function quickFixes(reading: Reading, range: Range, { diagnostics }: CodeActionContext): Promise<CodeAction[]> {
  const all = reading.findings();
  const findings = all.filter((finding) => overlaps(finding.range, range));
  const inOtherFile = await Promise.all(
    findings.map((each) => ignoreFiles(reading, each, matching(diagnostics, each.code, each.range))),
  );
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
    ...inOtherFile.flat(),
    ...findings.flatMap((finding) => fixesOf(reading, finding, diagnostics)),
    ...fixesOfRule(reading, findings, all),
    ...findings.flatMap((finding) => ignoring(reading, finding, diagnostics)),
  ];
}

function fixesOf(
  reading: Reading,
  { code, range, fixes }: Complaint,
  diagnostics: readonly Diagnostic[],
): CodeAction[] {
  const own = matching(diagnostics, code, range);
  return fixes.map(({ title, edits, preferred = false }) =>
    quickFix(reading, { title: fixTitle(code, title), edits, diagnostics: own, preferred }),
  );
}

function ignoring(reading: Reading, complaint: Complaint, diagnostics: readonly Diagnostic[]): CodeAction[] {
  const ignore = ignoreFinding(complaint, reading.dockerfile);
  if (ignore === undefined) return [];
  const own = matching(diagnostics, complaint.code, complaint.range);
  return [quickFix(reading, { title: ignore.title, edits: [ignore.edit], diagnostics: own, preferred: false })];
}

/** The same fix wherever the rule found something, where that is more than one place. */
function fixesOfRule(reading: Reading, findings: readonly Finding[], all: readonly Finding[]): CodeAction[] {
  return [...new Set(findings.map(({ code }) => code))].flatMap((code) => {
    const fixed = all.filter((finding) => finding.code === code && finding.fixes.length > 0);
    if (fixed.length < 2) return [];
    const stages = new Set<number | undefined>();
    const edits = fixed.flatMap(({ fixes: [fix], lines }) => {
      const stage = reading.stageAt(lines.start)?.index;
      if (fix?.forStage && stages.has(stage)) return [];
      stages.add(stage);
      return fix?.edits ?? [];
    });
    const ordered = [...edits].sort((a, b) => (isBefore(a.range.start, b.range.start) ? -1 : 1));
    const isApart = ordered.every((edit, at) => at === 0 || isBefore(ordered[at - 1]!.range.end, edit.range.start));
    return isApart
      ? [
          action(reading, {
            title: fixTitle(code, `Fix all ${fixed.length} ${code} in this file`),
            kind: CodeActionKind.QuickFix,
            edits,
          }),
        ]
      : [];
  });
}

interface FixParts {
  readonly title: string;
  readonly edits: readonly TextEdit[];
  readonly diagnostics: Diagnostic[];
  readonly preferred: boolean;
}

function quickFix(reading: Reading, { title, edits, diagnostics, preferred }: FixParts): CodeAction {
  return {
    ...action(reading, { title, kind: CodeActionKind.QuickFix, edits }),
    diagnostics,
    isPreferred: preferred,
  };
}

function matching(diagnostics: readonly Diagnostic[], code: string, { start }: Range): Diagnostic[] {
  return diagnostics.filter((each) => each.code === code && isSamePosition(each.range.start, start));
}
