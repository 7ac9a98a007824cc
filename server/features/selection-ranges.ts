import type { SelectionRange } from 'vscode-languageserver/node';
import type { Position, Range } from '../../core/dockerfile/ast.ts';
import { heredocToken } from '../../core/dockerfile/heredoc-token.ts';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import { rangeIn } from '../../core/dockerfile/joined-line.ts';
import { contains } from '../../core/dockerfile/positions.ts';
import { shellTokens } from '../../core/dockerfile/shell-tokens.ts';
import { symbolAt } from '../../core/dockerfile/symbols.ts';
import type { Reading } from '../reading.ts';

/** For each place what is selected step by step: a word, its argument or flag, the instruction, the stage, the file. */
export function selectionRanges(reading: Reading, positions: readonly Position[]): SelectionRange[] {
  return positions.map((position) => nested(rangesAt(reading, position), position));
}

function rangesAt(reading: Reading, position: Position): Range[] {
  const { dockerfile } = reading;
  const last = Math.max(0, reading.lineCount - 1);
  const file = { start: { line: 0, character: 0 }, end: { line: last, character: reading.line(last).length } };
  const comment = dockerfile.syntax.comments.find(({ range }) => contains(range, position));
  const instruction = reading.instructionAt(position.line);
  const symbol = symbolAt(reading.symbols, position)?.occurrence.range;
  return [
    file,
    ...dockerfile.stages.map(({ range }) => range),
    ...(instruction === undefined ? [] : partsOf(instruction)),
    ...(comment === undefined ? [] : [comment.range]),
    ...(symbol === undefined ? [] : [symbol]),
  ].filter((range) => contains(range, position));
}

function partsOf(instruction: Instruction): Range[] {
  const { node } = instruction;
  const inner = instruction.kind === 'ONBUILD' && instruction.trigger !== undefined ? partsOf(instruction.trigger) : [];
  const shell = node.rest !== undefined && !node.json && /^(?:RUN|CMD|ENTRYPOINT)$/.test(node.name) ? [node.rest] : [];
  const scripts = [...shell, ...node.heredocs.map(heredocToken)];
  return [
    node.range,
    node.keyword.range,
    ...node.flags.flatMap(({ range, value }) => [range, ...(value ? [value.range] : [])]),
    ...(instruction.kind === 'RUN' ? instruction.mounts : []).flatMap(({ fields }) =>
      fields.flatMap(({ key, value }) => [
        { start: key.range.start, end: (value ?? key).range.end },
        (value ?? key).range,
      ]),
    ),
    ...(node.rest ? [node.rest.range] : []),
    ...node.args.map(({ range }) => range),
    ...node.heredocs.flatMap(({ contentRange, marker }) => [contentRange, marker]),
    ...scripts.flatMap((token) => shellTokens(token.text).map(({ start, end }) => rangeIn(token, start, end))),
    ...inner,
  ];
}

/** Only ranges that lie in each other, the widest first. */
function nested(ranges: readonly Range[], position: Position): SelectionRange {
  const ordered = [...ranges].sort((a, b) => size(b) - size(a));
  let selection: SelectionRange | undefined;
  for (const range of ordered) {
    const outer = selection?.range;
    const fits = outer === undefined || (contains(outer, range.start) && contains(outer, range.end));
    if (!fits || (outer !== undefined && size(outer) === size(range))) continue;
    selection = { range, ...(selection && { parent: selection }) };
  }
  return selection ?? { range: { start: position, end: position } };
}

/** Grows with the range, for ranges that share a place: lines count more than any column. */
function size({ start, end }: Range): number {
  return (end.line - start.line) * 1_000_000 + end.character - start.character;
}
