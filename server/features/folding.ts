import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver/node';
import type { Reading } from '../reading.ts';

/** Stages, instructions of several lines, each of several heredocs, and runs of comments. */
export function foldingRanges({ dockerfile }: Reading): FoldingRange[] {
  const ranges: FoldingRange[] = [];
  const add = (startLine: number, endLine: number, kind?: FoldingRangeKind): void => {
    if (endLine > startLine) ranges.push({ startLine, endLine, ...(kind !== undefined && { kind }) });
  };
  for (const { range } of dockerfile.stages) add(range.start.line, range.end.line);
  for (const { node } of dockerfile.instructions) {
    add(node.startLine, node.range.end.line);
    // One folds with its instruction.
    if (node.heredocs.length < 2) continue;
    for (const { contentRange, terminator } of node.heredocs) {
      if (terminator !== undefined) add(contentRange.start.line, terminator.start.line);
    }
  }
  let first: number | undefined;
  let last = -1;
  for (const { range } of dockerfile.syntax.comments) {
    const { line } = range.start;
    if (first !== undefined && line !== last + 1) add(first, last, FoldingRangeKind.Comment);
    if (first === undefined || line !== last + 1) first = line;
    last = line;
  }
  if (first !== undefined) add(first, last, FoldingRangeKind.Comment);
  return ranges;
}
