import type { FormattingOptions, Position, Range, TextEdit } from 'vscode-languageserver/node';
import type { InstructionNode } from '../../core/dockerfile/ast.ts';
import { joinedBreaks, openQuoteAt } from '../../core/dockerfile/open-quote.ts';
import { isBlank, skipSpace, trimmedEnd, trimSpace } from '../../core/dockerfile/white-space.ts';
import type { Reading } from '../reading.ts';

/** Characters behind which the editor asks by itself. */
export const TYPING_TRIGGERS = { first: '\n', more: [] as string[] } as const;

/**
 * Puts a document in order without changing what it builds: no white space before instructions and at ends of lines, one
 * blank between words of a line's beginning, continued lines indented once, no blank lines among them, one blank line at
 * most elsewhere. Heredocs, and lines that go on within quotes, stay as they are.
 */
export function formatDocument(reading: Reading, options: FormattingOptions): TextEdit[] {
  const edits = [...lineEdits(reading, options), ...blankLineEdits(reading)];
  return [...edits, ...endEdits(reading)].sort((a, b) => a.range.start.line - b.range.start.line);
}

/** The same for the lines of a range. */
export function formatRange(reading: Reading, { start, end }: Range, options: FormattingOptions): TextEdit[] {
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  return [...lineEdits(reading, options), ...blankLineEdits(reading)]
    .filter(({ range }) => range.start.line >= start.line && range.end.line <= last + 1 && range.start.line <= last)
    .sort((a, b) => a.range.start.line - b.range.start.line);
}

/** Behind a line's end: indents what goes on, and takes the indentation off where an instruction is done. */
export function formatTyped(reading: Reading, { line }: Position, options: FormattingOptions): TextEdit[] {
  if (line === 0) return [];
  const above = reading.instructionAt(line - 1);
  const text = reading.line(line);
  const indent = /^[ \t]*/.exec(text)?.[0] ?? '';
  if (above !== undefined && line - 1 > above.node.commandEndLine) return [];
  const goesOn = isContinued(reading, line - 1);
  if (goesOn && above !== undefined && quoteIsOpen(above.node, line)) return [];
  const wanted = goesOn ? unit(options) : '';
  if (indent === wanted || (above !== undefined && hasHeredocs(above.node) && !goesOn)) return [];
  const previous = /^[ \t]*/.exec(reading.line(line - 1))?.[0] ?? '';
  const kept = goesOn && line - 1 > (above?.node.startLine ?? line) ? previous : wanted;
  if (indent === kept) return [];
  return [replace(line, 0, indent.length, kept)];
}

function unit({ insertSpaces, tabSize }: FormattingOptions): string {
  return insertSpaces ? ' '.repeat(tabSize) : '\t';
}

function isContinued(reading: Reading, line: number): boolean {
  const text = withoutEnd(reading.line(line));
  return !/^\s*#/.test(text) && text.endsWith(reading.dockerfile.syntax.escape);
}

function hasHeredocs({ heredocs }: InstructionNode): boolean {
  return heredocs.length > 0;
}

function quoteIsOpen(node: InstructionNode, line: number): boolean {
  return joinedBreaks(node).some((each) => each.line === line && openQuoteAt(node, each.offset));
}

function lineEdits(reading: Reading, options: FormattingOptions): TextEdit[] {
  const { syntax } = reading.dockerfile;
  const inside = new Set<number>();
  const edits = syntax.instructions.flatMap((node) => {
    for (let line = node.startLine; line <= node.endLine; line++) inside.add(line);
    return instructionEdits(reading, node, options);
  });
  const loose = syntax.comments.filter(({ range }) => !inside.has(range.start.line));
  for (const { start } of loose.map(({ range }) => range)) {
    edits.push(...around(reading, start.line, ''));
  }
  return edits;
}

function instructionEdits(reading: Reading, node: InstructionNode, options: FormattingOptions): TextEdit[] {
  const quoted = new Set(joinedBreaks(node).flatMap(({ line, offset }) => (openQuoteAt(node, offset) ? [line] : [])));
  for (const { range } of [...node.flags, ...(node.trigger?.flags ?? [])]) {
    for (let line = range.start.line + 1; line <= range.end.line; line++) quoted.add(line);
  }
  const edits: TextEdit[] = [];
  const blank = new Set(node.emptyContinuationLines);
  for (let line = node.startLine; line <= node.commandEndLine; line++) {
    if (blank.has(line)) {
      if (line < reading.lineCount - 1) edits.push(removeLine(line));
      continue;
    }
    const isFirst = line === node.startLine;
    // White space at the end of a line that goes on within quotes is part of the text, and so is what begins the next.
    if (!quoted.has(line + 1)) edits.push(...atEnd(reading, line));
    if (isFirst) edits.push(...keywordEdits(reading, node));
    else if (!quoted.has(line)) edits.push(...indentation(reading, node, line, unit(options)));
  }
  return edits;
}

/** No white space before the keyword, one blank behind it where more or a tab stands. */
function keywordEdits(reading: Reading, { startLine, keyword }: InstructionNode): TextEdit[] {
  const { start, end } = keyword.range;
  const text = reading.line(startLine);
  // A line that only continues may stand above the keyword's. A carriage return alone ends no line.
  if (start.line !== startLine || end.line !== startLine || text.includes('\r')) return [];
  const first = text.startsWith('\ufeff') ? 1 : 0;
  // At the very start a byte-order mark would be no text any more.
  const keepsHead = startLine === 0 && first === 0 && keyword.text.startsWith('\ufeff');
  const edits = start.character > first && !keepsHead ? [replace(startLine, first, start.character, '')] : [];
  const gap = /^[ \t]+(?=\S)/.exec(text.slice(end.character))?.[0] ?? '';
  if (gap.length > 1 || gap === '\t') edits.push(replace(startLine, end.character, end.character + gap.length, ' '));
  return edits;
}

function indentation(reading: Reading, node: InstructionNode, line: number, wanted: string): TextEdit[] {
  const text = reading.line(line);
  const indent = /^[ \t]*/.exec(text)?.[0] ?? '';
  // Deeper indentation is the author's: blocks of a shell script, aligned values.
  const isDeeper = indent.length > wanted.length && indent.startsWith(wanted);
  if (indent === wanted || isDeeper || trimSpace(text) === '' || goesOnInWord(reading, node, line, indent)) return [];
  return [replace(line, 0, indent.length, wanted)];
}

/** Whether a line goes on with the word that the line above began. */
function goesOnInWord(reading: Reading, { startLine }: InstructionNode, line: number, indent: string): boolean {
  let above = line - 1;
  while (above >= startLine && /^\s*(?:#.*|[\\`]\s*)?$/.test(reading.line(above))) above--;
  if (above < startLine) return false;
  const end = reading.line(above).trimEnd().slice(0, -1);
  return indent === '' && !/^\s*#/.test(reading.line(line)) && !isBlank(end.charAt(end.length - 1));
}

function around(reading: Reading, line: number, wanted: string): TextEdit[] {
  const text = reading.line(line);
  const indent = /^[ \t]*/.exec(text)?.[0] ?? '';
  return [...(indent === wanted ? [] : [replace(line, 0, indent.length, wanted)]), ...atEnd(reading, line)];
}

function atEnd(reading: Reading, line: number): TextEdit[] {
  const text = reading.line(line);
  const trimmed = text.replace(/[ \t]+$/, '');
  // A carriage return alone ends no line.
  return trimmed.length === text.length || trimmed === '' || text.includes('\r')
    ? []
    : [replace(line, trimmed.length, text.length, '')];
}

/** Between instructions and comments: one blank line where there are more, and nothing in it. */
function blankLineEdits(reading: Reading): TextEdit[] {
  const taken = new Set<number>();
  const { instructions, comments, directives } = reading.dockerfile.syntax;
  for (const { startLine, endLine, range } of instructions) {
    for (let line = startLine; line <= Math.max(endLine, range.end.line); line++) taken.add(line);
  }
  for (const { range } of [...comments, ...directives]) taken.add(range.start.line);
  // On the first line a comment could become a directive, and a byte-order mark no text.
  const keepsHead = ['#', '\ufeff'].includes(reading.text.charAt(skipSpace(reading.text)));
  const edits: TextEdit[] = [];
  let blanks = 0;
  for (let line = 0; line < reading.lineCount - 1; line++) {
    const text = reading.line(line);
    if (taken.has(line) || trimSpace(text) !== '') {
      blanks = 0;
      continue;
    }
    blanks += 1;
    if (blanks > 1 || (line === 0 && !keepsHead)) edits.push(removeLine(line));
    else if (text !== '') edits.push(replace(line, 0, text.length, ''));
  }
  return edits;
}

/** A line's end behind the last line, and no blank lines before it. */
function endEdits(reading: Reading): TextEdit[] {
  const { dockerfile, text, lineCount } = reading;
  const last = dockerfile.syntax.instructions.at(-1);
  const isOpen = last?.heredocs.some(({ terminator }) => terminator === undefined) ?? false;
  if (
    text === '' ||
    reading.line(lineCount - 1).includes('\r') ||
    isOpen ||
    last === undefined ||
    isContinued(reading, lineCount - 1)
  )
    return [];
  const line = reading.line(lineCount - 1);
  const end = { line: lineCount - 1, character: line.length };
  if (trimSpace(line) !== '') return [{ range: { start: end, end }, newText: text.includes('\r\n') ? '\r\n' : '\n' }];
  return line === '' ? [] : [replace(lineCount - 1, 0, line.length, '')];
}

/** Without the white space at its end, of which a byte-order mark is none. */
function withoutEnd(text: string): string {
  return text.slice(0, trimmedEnd(text));
}

function removeLine(line: number): TextEdit {
  return { range: { start: { line, character: 0 }, end: { line: line + 1, character: 0 } }, newText: '' };
}

function replace(line: number, start: number, end: number, newText: string): TextEdit {
  return { range: { start: { line, character: start }, end: { line, character: end } }, newText };
}
