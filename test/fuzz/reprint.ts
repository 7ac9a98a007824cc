import type { InstructionNode, Position, Range, SyntaxTree, Token } from '../../core/dockerfile/ast.ts';
import { isBefore } from '../../core/dockerfile/positions.ts';
import { sourceLines } from '../../core/dockerfile/source-lines.ts';

/** What stands between the words of a Dockerfile, and is kept in no token: blanks, ends of lines, a byte-order mark. */
const BETWEEN = /[\s\u0085\ufeff]/;

/**
 * Prints a text from its tree: every word of the tree at its place, on paper that holds nothing but the white space of the
 * text and the escapes that continue lines. Where the result is the text, the tree has lost, moved and made up nothing.
 */
export function reprint(text: string, tree: SyntaxTree): string {
  const lines = sourceLines(text);
  const paper = text.split('').map((char) => (BETWEEN.test(char) ? char : '\0'));
  const put = (line: number, character: number, piece: string): void => {
    const at = (lines[line]?.origin ?? text.length) + character;
    for (let i = 0; i < piece.length; i++) paper[at + i] = piece.charAt(i);
  };
  const token = ({ text: piece, range, breaks = [] }: Token): void => {
    const starts = [{ offset: 0, position: range.start }, ...breaks];
    for (const [index, { offset, position }] of starts.entries()) {
      put(position.line, position.character, piece.slice(offset, breaks[index]?.offset ?? piece.length));
    }
  };
  /** What is kept without its quotes and escapes is taken from the text, where the tree says that it stands. */
  const source = ({ start, end }: Range): void => {
    for (let line = start.line; line <= end.line; line++) {
      const { origin = text.length, end: last = text.length } = lines[line] ?? {};
      const from = line === start.line ? start.character : 0;
      const to = line === end.line ? end.character : last - origin;
      put(line, from, text.slice(origin + from, origin + to));
    }
  };
  const instruction = (node: InstructionNode): void => {
    token(node.keyword);
    for (const { range, name, value } of node.flags) {
      source(range);
      // A byte that ends a flag may be a part of a character.
      source((value ?? name).range);
    }
    if (node.trigger) instruction(node.trigger);
    else if (node.rest) token(node.rest);
    for (const { contentRange, content, terminator } of node.heredocs) {
      put(contentRange.start.line, contentRange.start.character, content);
      if (terminator) source(terminator);
    }
  };
  for (const { range } of tree.directives) source(range);
  for (const { range, text: comment } of tree.comments) put(range.start.line, range.start.character, comment);
  for (const node of tree.instructions) {
    punctuation(node, tree.escape, lines, text, put);
    instruction(node);
  }
  return paper.join('');
}

/** What the tree keeps of no instruction: the escapes at the ends of its lines, and a `--` that ends its flags. */
function punctuation(
  node: InstructionNode,
  escapeToken: string,
  lines: ReturnType<typeof sourceLines>,
  text: string,
  put: (line: number, character: number, piece: string) => void,
): void {
  const { startLine, commandEndLine } = node;
  for (let line = startLine; line <= commandEndLine; line++) {
    const { origin = 0, end = 0 } = lines[line] ?? {};
    const written = text.slice(origin, end).replace(/[ \t]+$/, '');
    if (written.endsWith(escapeToken)) put(line, written.length - 1, escapeToken);
    for (const dashes of written.matchAll(/(?<=\s|^)(?:["'\\`]*-["'\\`]*){2}(?=\s|$)/g)) {
      if (isBehindFlags(node, { line, character: dashes.index })) put(line, dashes.index, dashes[0]);
    }
  }
}

/** Whether a place is where the flags of an instruction end, and its arguments have not begun. */
function isBehindFlags({ keyword, flags, rest, range, trigger }: InstructionNode, place: Position): boolean {
  if (trigger !== undefined && !isBefore(place, trigger.keyword.range.end)) return isBehindFlags(trigger, place);
  const last = flags.at(-1)?.range.end ?? keyword.range.end;
  const next = trigger?.range.start ?? rest?.range.start ?? range.end;
  return !isBefore(place, last) && !isBefore(next, place);
}
