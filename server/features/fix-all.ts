import type { Problem } from '../../core/dockerfile/ast.ts';
import { isBefore } from '../../core/dockerfile/positions.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { type LintOptions, lintDockerfile, type TextEdit } from '../../core/lint/lint.ts';
import type { Reading } from '../reading.ts';

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
    const next = applyEdits(text, edits);
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
  const before = text.split('\n');
  const after = next.split('\n');
  let head = 0;
  while (head < Math.min(before.length, after.length) && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const lastBefore = before.length - tail;
  const isToEnd = tail === 0;
  const end = isToEnd
    ? { line: before.length - 1, character: (before.at(-1) ?? '').length }
    : { line: lastBefore, character: 0 };
  const lines = after.slice(head, after.length - tail);
  return { range: { start: { line: head, character: 0 }, end }, newText: lines.join('\n') + (isToEnd ? '' : '\n') };
}
