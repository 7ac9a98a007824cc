import type { Position } from './ast.ts';
import { type LineAnchor, placeAt } from './line-anchor.ts';
import { ownText } from './own-text.ts';
import { type SourceLine, sourceLines } from './source-lines.ts';

/** Whole lines of a file, by their numbers in it. */
export class SourcePart {
  readonly lines: readonly SourceLine[];
  /** The number of the line behind the last one. */
  readonly end: number;

  /** `first`: the number of its first line; `what`: only a whole file begins with a byte-order mark. */
  constructor(
    readonly text: string,
    readonly first: number,
    what: 'file' | 'part',
  ) {
    this.lines = sourceLines(text, what);
    this.end = first + this.lines.length;
  }

  line(number: number): SourceLine | undefined {
    return this.lines[number - this.first];
  }

  /** Where a line starts in the text; behind the last one: where the text ends. */
  offsetOf(number: number): number {
    return this.line(number)?.origin ?? this.text.length;
  }

  /** Where a line starts; behind the last line: where the text ends. */
  startOf(number: number, anchor: LineAnchor | undefined): Position {
    const last = this.lines.at(-1);
    if (number < this.end || last === undefined || this.text.endsWith('\n')) return placeAt(number, 0, anchor);
    return placeAt(number - 1, last.next - last.origin, anchor);
  }

  /** The text of some lines, which does not keep the whole in memory. */
  textOf(first: number, behind: number): string {
    return ownText(this.text.slice(this.offsetOf(first), this.offsetOf(behind)));
  }
}
