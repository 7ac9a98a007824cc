import type { Range } from './ast.ts';
import { type LineAnchor, rangeAt } from './line-anchor.ts';

/** One line of the text, by offsets. */
export interface SourceLine {
  /** Behind the byte-order mark, on the first line. */
  readonly start: number;
  /** Before the line's end: all of `\r` and `\n`. */
  readonly end: number;
  /** Behind the line's end. */
  readonly next: number;
  /** Offset of column 0. */
  readonly origin: number;
}

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Splits at `\n` alone, as BuildKit does; a last line without an end counts, an empty one does not. `what`: only a whole file
 * begins with a byte-order mark.
 */
export function sourceLines(text: string, what: 'file' | 'part' = 'file'): SourceLine[] {
  const lines: SourceLine[] = [];
  for (let origin = 0; origin < text.length; ) {
    const newline = text.indexOf('\n', origin);
    const next = newline === -1 ? text.length : newline + 1;
    const start = origin === 0 && what === 'file' && text.startsWith(BYTE_ORDER_MARK) ? 1 : origin;
    let end = next;
    while (end > start && isLineEnd(text.charCodeAt(end - 1))) end--;
    lines.push({ start, end, next, origin });
    origin = next;
  }
  return lines;
}

/** How many lines that would give. */
export function lineCountOf(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) {
    const newline = text.indexOf('\n', at);
    at = newline === -1 ? text.length : newline + 1;
  }
  return count;
}

function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

/** The range of a part of one line, by offsets into the text; its line is counted from an anchor where there is one. */
export function lineRange(
  { origin }: SourceLine,
  number: number,
  start: number,
  end: number,
  anchor?: LineAnchor,
): Range {
  return rangeAt(number, start - origin, end - origin, anchor);
}
