import type { Heredoc, Range } from './ast.ts';
import type { HeredocMarker } from './heredocs.ts';
import { type LineAnchor, rangeBetween } from './line-anchor.ts';
import { lineRange } from './source-lines.ts';
import type { SourcePart } from './source-part.ts';

/** Reads a heredoc whose first line has that number, up to its terminator or the end of the text; `next`: of the line behind it. */
export function readHeredoc(
  { name, expand, chomp, fileDescriptor }: HeredocMarker,
  marker: Range,
  source: SourcePart,
  first: number,
  anchor: LineAnchor | undefined,
): { readonly heredoc: Heredoc; readonly next: number } {
  const { text, end } = source;
  let next = first;
  let terminator: Range | undefined;
  while (next < end && terminator === undefined) {
    const number = next++;
    const line = source.line(number)!;
    let start = line.origin;
    while (chomp && text.charAt(start) === '\t') start++;
    if (text.slice(start, line.end) === name) terminator = lineRange(line, number, start, line.end, anchor);
  }
  const last = terminator === undefined ? next : next - 1;
  const contentRange = rangeBetween(source.startOf(first, anchor), source.startOf(last, anchor));
  const content = source.textOf(first, last);
  const heredoc = {
    name,
    expand,
    chomp,
    fileDescriptor,
    content,
    marker,
    contentRange,
    ...(terminator && { terminator }),
  };
  return { heredoc, next };
}
