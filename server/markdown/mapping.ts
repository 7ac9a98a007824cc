import type { Position, Range } from '../../core/dockerfile/ast.ts';
import type { Fragment } from './fragments.ts';

/** A place of the document in the fragment that has it. */
export function intoFragment({ added, firstLine, indents }: Fragment, { line, character }: Position): Position {
  const own = line - firstLine;
  return { line: own + added, character: Math.max(0, character - (indents[own] ?? 0)) };
}

/** A range of the document, as far as it is in the fragment. */
export function rangeIntoFragment(fragment: Fragment, { start, end }: Range): Range {
  const { firstLine, lastLine } = fragment;
  const first = start.line < firstLine ? { line: firstLine, character: 0 } : start;
  const last = end.line > lastLine ? { line: lastLine, character: Number.MAX_SAFE_INTEGER } : end;
  return { start: intoFragment(fragment, first), end: intoFragment(fragment, last) };
}

/** Whether a place of the fragment is one of the document. */
export function isWritten({ added }: Fragment, { line }: Position): boolean {
  return line >= added;
}

/**
 * What was answered about a fragment, in the document's lines: whatever has `line` and `character` is moved, wherever it
 * stands in the answer, and new lines of an edit have before them what the fence has.
 */
export function outOfFragment<Answer>(fragment: Fragment, answer: Answer): Answer {
  // The shape stays: only numbers of positions, and blanks in texts of edits, are others.
  return moved(fragment, answer) as Answer;
}

function moved(fragment: Fragment, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => moved(fragment, each));
  if (typeof value !== 'object' || value === null) return value;
  if (isPosition(value)) return movedPosition(fragment, value);
  const entries = Object.entries(value).map(([key, each]) => [key, moved(fragment, each)] as const);
  const result: Record<string, unknown> = Object.fromEntries(entries);
  if (typeof result.newText === 'string') result.newText = indented(fragment, result.newText) + before(fragment, value);
  return result;
}

/** What an edit that ends with a line has to put before the line that it stands on, which keeps its own. */
function before({ added, indents, prefix }: Fragment, edit: object): string {
  if (!('newText' in edit && typeof edit.newText === 'string' && edit.newText.endsWith('\n'))) return '';
  const end = 'range' in edit && typeof edit.range === 'object' && edit.range && 'end' in edit.range && edit.range.end;
  if (typeof end !== 'object' || end === null || !isPosition(end) || end.character !== 0) return '';
  return prefix.slice(0, indents[end.line - added] ?? 0);
}

function isPosition(value: object): value is Position {
  return 'line' in value && 'character' in value && typeof value.line === 'number';
}

function movedPosition({ added, firstLine, indents }: Fragment, { line, character }: Position): Position {
  const own = Math.max(0, line - added);
  return { line: own + firstLine, character: character + (indents[own] ?? 0) };
}

function indented({ prefix }: Fragment, text: string): string {
  return prefix === '' ? text : text.replaceAll(/\n(?=.)/g, () => `\n${prefix}`);
}
