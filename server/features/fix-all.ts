import type { Problem } from '../../core/dockerfile/ast.ts';
import { isBefore } from '../../core/dockerfile/positions.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { type LintOptions, lintDockerfile, type TextEdit } from '../../core/lint/lint.ts';
import type { Reading } from '../reading.ts';
import { lineEnd, withLineEnds } from './refactor/refactoring.ts';

/** A fix may bring the next one to light; that many times is looked again. */
const MOST_ROUNDS = 5;

/** One edit that makes every change that is safe to make unasked; undefined where there is none. */
export function fixAllEdit(reading: Reading, options: LintOptions): TextEdit | undefined {
  let { text } = reading;
  let { dockerfile } = reading;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const findings = lintDockerfile(dockerfile, text, options);
    const edits = apart(findings.flatMap(({ fixes }) => fixes.find(({ preferred }) => preferred)?.edits ?? []));
    if (edits.length === 0) break;
    const next = applyEdits(text, withLineEnds(edits, lineEnd(reading)));
    const read = readDockerfile(next);
    if (errors(read.problems) > errors(reading.problems)) break;
    text = next;
    dockerfile = read.value;
  }
  return text === reading.text ? undefined : difference(reading, text);
}

function errors(problems: readonly Problem[]): number {
  return problems.filter(({ severity }) => severity === 'error').length;
}

/** Leaves out what overlaps an earlier edit. */
function apart(edits: readonly TextEdit[]): TextEdit[] {
  const kept: TextEdit[] = [];
  const ordered = [...edits].sort((a, b) => (isBefore(a.range.start, b.range.start) ? -1 : 1));
  for (const edit of ordered) {
    const last = kept.at(-1);
    if (last === undefined || isBefore(last.range.end, edit.range.start)) kept.push(edit);
  }
  return kept;
}

/** The lines that differ, in one edit. */
function difference({ text }: Reading, next: string): TextEdit {
  const before = linesOf(text);
  const after = linesOf(next);
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const last = before.at(-1) ?? '';
  const end =
    tail === 0 && !last.endsWith('\n')
      ? { line: before.length - 1, character: last.length }
      : { line: before.length - tail, character: 0 };
  const newText = after.slice(head, after.length - tail).join('');
  return { range: { start: { line: head, character: 0 }, end }, newText };
}

/** With their ends. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}
