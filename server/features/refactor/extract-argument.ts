import type { Range } from '../../../core/dockerfile/ast.ts';
import { contains } from '../../../core/dockerfile/positions.ts';
import { lineEnd, type Refactor } from './refactoring.ts';

/** Makes an ARG of what is selected, or of the tag in FROM where nothing is. */
export const extractArgument: Refactor = ({ reading, selection, instruction }) => {
  const { node } = instruction;
  if (/^(?:ARG|UNKNOWN|MAINTAINER|ONBUILD|SHELL|HEALTHCHECK)$/.test(instruction.kind) || node.json) return [];
  const tag = instruction.kind === 'FROM' ? tagRange(instruction.image) : undefined;
  const isEmpty = selection.start.line === selection.end.line && selection.start.character === selection.end.character;
  const range = isEmpty ? (tag && contains(tag, selection.start) ? tag : undefined) : selection;
  if (range === undefined || range.start.line !== range.end.line) return [];
  const value = reading.textIn(range);
  if (value.trim() !== value || value === '' || /[$'"\\`\s]/.test(value)) return [];
  const words = [...node.args, ...node.flags.flatMap((flag) => flag.value ?? [])];
  const inWord = words.some((word) => contains(word.range, range.start) && contains(word.range, range.end));
  if (!inWord || (instruction.kind === 'ENV' && isName(instruction.pairs, range))) return [];
  const isFrom = instruction.kind === 'FROM';
  const name = freeName(isFrom && tag ? nameOfTag(instruction.image?.text ?? '') : 'VALUE', reading.text);
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
  const match = image && /:([\w][\w.-]*)$/.exec(image.text);
  if (!image || !match || image.range.start.line !== image.range.end.line) return undefined;
  const { start, end } = image.range;
  return { start: { line: start.line, character: end.character - (match[1]?.length ?? 0) }, end };
}

function isName(pairs: readonly { readonly name: { readonly range: Range } }[], range: Range): boolean {
  return pairs.some(({ name }) => contains(name.range, range.start) && contains(name.range, range.end));
}

function nameOfTag(image: string): string {
  const name = image.replace(/[@:][^/]*$/, '').replace(/^.*\//, '');
  return `${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_VERSION`;
}

function freeName(wanted: string, text: string): string {
  let name = wanted;
  for (let number = 2; new RegExp(`\\b${name}\\b`).test(text); number++) name = `${wanted}_${number}`;
  return name;
}
