import type { Range, Token } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import { rangeIn } from '../../../core/dockerfile/joined-line.ts';
import { contains, isSamePosition, overlaps } from '../../../core/dockerfile/positions.ts';
import { shellTokens } from '../../../core/dockerfile/shell-tokens.ts';
import { isPosixShell } from '../../../core/lint/script-shell.ts';
import { lineEnd, type Refactor, shellOf } from './refactoring.ts';

/** Flags whose values may have variables. */
const EXPANDED_FLAGS = new Set(['platform', 'chown', 'chmod', 'checksum']);

/** Makes an ARG of what is selected, or of the tag in FROM where nothing is. */
export const extractArgument: Refactor = ({ reading, selection, instruction }) => {
  const { node } = instruction;
  // CMD, ENTRYPOINT and HEALTHCHECK are run when there is no ARG any more.
  if (/^(?:ARG|UNKNOWN|MAINTAINER|ONBUILD|SHELL|CMD|ENTRYPOINT|HEALTHCHECK)$/.test(instruction.kind)) return [];
  if (node.json || node.heredocs.length > 0) return [];
  if (instruction.kind === 'RUN' && !isPosixShell(shellOf(reading, instruction))) return [];
  const tag = instruction.kind === 'FROM' ? tagRange(instruction.image) : undefined;
  const isEmpty = isSamePosition(selection.start, selection.end);
  const range = isEmpty ? (tag && contains(tag, selection.start) ? tag : undefined) : selection;
  if (range === undefined || range.start.line !== range.end.line) return [];
  const value = reading.textIn(range);
  // What means something to a shell would be only a part of a word then.
  const isPlain = instruction.kind === 'RUN' ? /^[\w@%+=:,./-]+$/.test(value) : !/[$'"\\`\s]/.test(value);
  if (value === '' || !isPlain) return [];
  const word = wordsOf(instruction).find((each) => isWithin(each.range, range));
  if (word === undefined || isUnexpanded(word, range)) return [];
  // The name of a variable is no value.
  if (/(?:\$\{?\w*|\\)$/.test(reading.textIn({ start: word.range.start, end: range.start }))) return [];
  if (instruction.kind === 'ENV' && isName(instruction.pairs, range)) return [];
  const isFrom = instruction.kind === 'FROM';
  const isTag = isFrom && tag !== undefined && isWithin(tag, range);
  const name = freeName(isTag ? nameOfTag(instruction.image?.text ?? '') : 'VALUE', reading.text);
  const first = reading.dockerfile.stages[0]?.from.node ?? node;
  const line = isFrom ? commentStart(first) : commentStart(node);
  const start = { line, character: 0 };
  return [
    {
      title: `Extract to ARG ${name}`,
      kind: 'refactor.extract',
      edits: [
        { range: { start, end: start }, newText: `ARG ${name}=${value}${lineEnd(reading)}` },
        { range, newText: `\${${name}}` },
      ],
    },
  ];
};

/** The words of an instruction in which a variable has its value. */
function wordsOf(instruction: Instruction): readonly Token[] {
  const { node } = instruction;
  const args = instruction.kind === 'FROM' ? (instruction.image ? [instruction.image] : []) : node.args;
  return [...args, ...node.flags.flatMap(({ name, value }) => (value && EXPANDED_FLAGS.has(name.text) ? [value] : []))];
}

function isWithin(outer: Range, { start, end }: Range): boolean {
  return contains(outer, start) && contains(outer, end);
}

/** Whether a part of a word stands in single quotes, or in a comment of a shell. */
function isUnexpanded(word: Token, range: Range): boolean {
  return shellTokens(word.text).some(({ kind, start, end }) => {
    const isLiteral = kind === 'comment' || (kind === 'string' && word.text[start] === "'");
    return isLiteral && overlaps(rangeIn(word, start, end), range);
  });
}

function commentStart({
  docComment,
  startLine,
}: {
  docComment: readonly { range: Range }[];
  startLine: number;
}): number {
  let line = startLine;
  for (const { range } of [...docComment].reverse()) if (range.start.line === line - 1) line--;
  return line;
}

function tagRange(image: { readonly text: string; readonly range: Range } | undefined): Range | undefined {
  const match = image && /^[^@]*:([\w][\w.-]*)$/.exec(image.text);
  if (!image || !match || image.range.start.line !== image.range.end.line) return undefined;
  const { start, end } = image.range;
  return { start: { line: start.line, character: end.character - (match[1]?.length ?? 0) }, end };
}

function isName(pairs: readonly { readonly name: { readonly range: Range } }[], range: Range): boolean {
  return pairs.some(({ name }) => isWithin(name.range, range));
}

function nameOfTag(image: string): string {
  const name = image.replace(/[@:][^/]*$/, '').replace(/^.*\//, '');
  return `${name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^(?=\d)/, '_')}_VERSION`;
}

function freeName(wanted: string, text: string): string {
  let name = wanted;
  for (let number = 2; new RegExp(`\\b${name}\\b`).test(text); number++) name = `${wanted}_${number}`;
  return name;
}
