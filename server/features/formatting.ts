import type { FormattingOptions, Position, Range, TextEdit } from 'vscode-languageserver/node';
import type { InstructionNode } from '../../core/dockerfile/ast.ts';
import { joinedBreaks, openQuoteAt } from '../../core/dockerfile/open-quote.ts';
import { isBlank, skipSpace, trimmedEnd, trimSpace } from '../../core/dockerfile/white-space.ts';
import type { Reading } from '../reading.ts';

/** Characters behind which the editor asks by itself. */
export const TYPING_TRIGGERS = { first: '\n', more: [] as string[] } as const;

/** What a line ends with whose last blank belongs to a word. */
const ESCAPED_BLANK = /(?:^|[^\\`])(?:\\\\|``)*[\\`][ \t]$/;

/**
 * Puts a document in order without changing what it builds: no white space before instructions and at ends of lines, one
 * blank between words of a line's beginning, continued lines indented once, no blank lines among them, one blank line at
 * most elsewhere, none at the end. Heredocs, and lines that go on within quotes, stay as they are, and so does what the
 * options say is to stay.
 */
export function formatDocument(reading: Reading, options: FormattingOptions): TextEdit[] {
  const edits = [...lineEdits(reading, options), ...blankLineEdits(reading, options)];
  return [...edits, ...endEdits(reading, options)].sort((a, b) => a.range.start.line - b.range.start.line);
}

/** The same for the lines of a range. */
export function formatRange(reading: Reading, { start, end }: Range, options: FormattingOptions): TextEdit[] {
  const last = end.character === 0 && end.line > start.line ? end.line - 1 : end.line;
  return [...lineEdits(reading, options), ...blankLineEdits(reading, options)]
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
  const goesOn = isContinued(reading, lineThatGoesOn(reading, line - 1, above?.node));
  if (goesOn && above !== undefined && quoteIsOpen(above.node, line)) return [];
  const wanted = goesOn ? (indentBelow(reading, line, above?.node) ?? unit(options)) : '';
  if (indent === wanted || (above !== undefined && hasHeredocs(above.node) && !goesOn)) return [];
  const previous = /^[ \t]*/.exec(reading.line(line - 1))?.[0] ?? '';
  const kept = goesOn && line - 1 > (above?.node.startLine ?? line) ? previous : wanted;
  if (indent === kept) return [];
  return [replace(line, 0, indent.length, kept)];
}

function unit({ insertSpaces, tabSize }: FormattingOptions): string {
  return insertSpaces ? ' '.repeat(tabSize) : '\t';
}

/** The white space that the rest of an instruction begins with; undefined where there is none. */
function indentBelow(reading: Reading, line: number, node: InstructionNode | undefined): string | undefined {
  const below = reading.line(line + 1);
  const isRest = node !== undefined && line < node.commandEndLine && trimSpace(below) !== '';
  return (isRest && /^[ \t]+/.exec(below)?.[0]) || undefined;
}

function isContinued(reading: Reading, line: number): boolean {
  const text = withoutEnd(reading.line(line));
  return !/^\s*#/.test(text) && text.endsWith(reading.dockerfile.syntax.escape);
}

/** The last line up to one that is no comment within an instruction: comments do not end it. */
function lineThatGoesOn(reading: Reading, line: number, node: InstructionNode | undefined): number {
  let above = line;
  while (node !== undefined && above > node.startLine && /^\s*#/.test(reading.line(above))) above--;
  return above;
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
    edits.push(...around(reading, start.line, options));
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
    if (!quoted.has(line + 1)) edits.push(...atEnd(reading, line, options));
    if (isFirst) edits.push(...keywordEdits(reading, node));
    else if (!quoted.has(line)) edits.push(...indentation(reading, node, line, options));
  }
  return edits;
}

/** No white space before the keyword, one blank behind it and behind each flag where more or a tab stands. */
function keywordEdits(reading: Reading, node: InstructionNode): TextEdit[] {
  const { startLine, keyword } = node;
  const { start, end } = keyword.range;
  const text = reading.line(startLine);
  // A line that only continues may stand above the keyword's. A carriage return alone ends no line.
  if (start.line !== startLine || end.line !== startLine || text.includes('\r')) return [];
  const first = text.startsWith('\ufeff') ? 1 : 0;
  // At the very start a byte-order mark would be no text any more.
  const keepsHead = startLine === 0 && first === 0 && keyword.text.startsWith('\ufeff');
  const edits = start.character > first && !keepsHead ? [replace(startLine, first, start.character, '')] : [];
  for (const { line, character } of [end, ...headEnds(node)]) {
    if (line !== startLine) continue;
    const gap = /^[ \t]+(?=\S)/.exec(text.slice(character))?.[0] ?? '';
    if (gap.length > 1 || gap === '\t') edits.push(replace(startLine, character, character + gap.length, ' '));
  }
  return edits;
}

/** Where each flag ends, and behind ONBUILD the keyword. */
function headEnds({ flags, trigger }: InstructionNode): Position[] {
  const ends = flags.map(({ range }) => range.end);
  return trigger === undefined ? ends : [...ends, trigger.keyword.range.end, ...headEnds(trigger)];
}

function indentation(reading: Reading, node: InstructionNode, line: number, options: FormattingOptions): TextEdit[] {
  const text = reading.line(line);
  const indent = /^[ \t]*/.exec(text)?.[0] ?? '';
  // Deeper indentation is the author's: blocks of a shell script, aligned values.
  const wanted = indentOf(Math.max(widthOf(indent, options), options.tabSize), options);
  if (indent === wanted || trimSpace(text) === '' || goesOnInWord(reading, node, line, indent)) return [];
  return [replace(line, 0, indent.length, wanted)];
}

/** Columns that white space takes. */
function widthOf(indent: string, { tabSize }: FormattingOptions): number {
  let width = 0;
  for (const char of indent) width += char === '\t' ? tabSize - (width % tabSize) : 1;
  return width;
}

/** White space of so many columns, in tabs where they are wanted. */
function indentOf(width: number, { insertSpaces, tabSize }: FormattingOptions): string {
  if (insertSpaces) return ' '.repeat(width);
  return '\t'.repeat(Math.floor(width / tabSize)) + ' '.repeat(width % tabSize);
}

/** Whether a line goes on with the word that the line above began. */
function goesOnInWord(reading: Reading, { startLine }: InstructionNode, line: number, indent: string): boolean {
  let above = line - 1;
  while (above >= startLine && /^\s*(?:#.*|[\\`]\s*)?$/.test(reading.line(above))) above--;
  if (above < startLine) return false;
  const end = reading.line(above).trimEnd().slice(0, -1);
  const endsWord = isBlank(end.charAt(end.length - 1)) && !ESCAPED_BLANK.test(end);
  return indent === '' && !/^\s*#/.test(reading.line(line)) && !endsWord;
}

function around(reading: Reading, line: number, options: FormattingOptions): TextEdit[] {
  const text = reading.line(line);
  const indent = /^[ \t]*/.exec(text)?.[0] ?? '';
  return [...(indent === '' ? [] : [replace(line, 0, indent.length, '')]), ...atEnd(reading, line, options)];
}

function atEnd(reading: Reading, line: number, { trimTrailingWhitespace }: FormattingOptions): TextEdit[] {
  if (trimTrailingWhitespace === false) return [];
  const text = reading.line(line);
  const trimmed = text.replace(/[ \t]+$/, '');
  // A carriage return alone ends no line.
  return trimmed.length === text.length || trimmed === '' || text.includes('\r')
    ? []
    : [replace(line, trimmed.length, text.length, '')];
}

/** Between instructions and comments one blank line where there are more, and nothing in it; none behind the last. */
function blankLineEdits(reading: Reading, options: FormattingOptions): TextEdit[] {
  const taken = new Set<number>();
  const { instructions, comments, directives } = reading.dockerfile.syntax;
  for (const { startLine, endLine, range } of instructions) {
    for (let line = startLine; line <= Math.max(endLine, range.end.line); line++) taken.add(line);
  }
  for (const { range } of [...comments, ...directives]) taken.add(range.start.line);
  // On the first line a comment could become a directive, and a byte-order mark no text.
  const keepsHead = ['#', '\ufeff'].includes(reading.text.charAt(skipSpace(reading.text)));
  const edits: TextEdit[] = [];
  let end = reading.lineCount - 1;
  while (end >= 0 && !taken.has(end) && trimSpace(reading.line(end)) === '') end--;
  if (end === -1 || options.trimFinalNewlines === false) end = reading.lineCount;
  let blanks = 0;
  for (let line = 0; line < reading.lineCount - 1; line++) {
    const text = reading.line(line);
    if (taken.has(line) || trimSpace(text) !== '') {
      blanks = 0;
      continue;
    }
    blanks += 1;
    if (blanks > 1 || line > end || (line === 0 && !keepsHead)) edits.push(removeLine(line));
    else if (text !== '' && options.trimTrailingWhitespace !== false) edits.push(replace(line, 0, text.length, ''));
  }
  return edits;
}

/** A line's end behind the last line. */
function endEdits(reading: Reading, options: FormattingOptions): TextEdit[] {
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
  if (trimSpace(line) !== '') {
    if (options.insertFinalNewline === false) return [];
    return [{ range: { start: end, end }, newText: text.includes('\r\n') ? '\r\n' : '\n' }];
  }
  return line === '' || options.trimTrailingWhitespace === false ? [] : [replace(lineCount - 1, 0, line.length, '')];
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
