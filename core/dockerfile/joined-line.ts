import type { Break, Position, Range, Token } from './ast.ts';
import { type LineAnchor, placeAt, placeBy, rangeAt, rangeBetween, rangeBy } from './line-anchor.ts';

/** From `offset` of the joined text on, the text stands in the source at this place. */
export interface Piece {
  readonly offset: number;
  readonly line: number;
  readonly character: number;
}

/** An instruction's lines without their continuations, which remembers where each character stands in the source. */
export class JoinedLine {
  readonly text: string;

  /** `pieces` are in order and start at offset 0; `anchor`: of the instruction. */
  constructor(
    parts: readonly string[],
    private readonly pieces: readonly Piece[],
    private readonly anchor?: LineAnchor,
  ) {
    this.text = parts.length === 1 ? (parts[0] ?? '') : parts.join('');
  }

  /** Whether other lines stand among its own: comments, blank lines. */
  get hasGaps(): boolean {
    return (
      this.pieces.length > 1 &&
      this.pieces.some(({ line }, index) => index > 0 && line !== (this.pieces[index - 1]?.line ?? 0) + 1)
    );
  }

  /** Where the character at an offset stands; of the text's length: behind the last one. */
  position(offset: number): Position {
    const { line, character, offset: start } = this.piece(offset);
    return placeAt(line, character + offset - start, this.anchor);
  }

  range(start: number, end: number): Range {
    if (this.pieces.length === 1) {
      const { line, character } = this.pieces[0]!;
      return rangeAt(line, character + start, character + Math.max(start, end), this.anchor);
    }
    const from = this.position(start);
    if (end <= start) return rangeBetween(from, from);
    const last = this.position(end - 1);
    return rangeBetween(from, placeBy(last, last.character + 1));
  }

  /** The text between two offsets. */
  token(start: number, end: number): Token {
    const text = this.text.slice(start, end);
    const range = this.range(start, end);
    const breaks = this.pieces.length === 1 ? NO_BREAKS : this.breaks(start, end);
    return breaks.length === 0 ? { text, range } : { text, range, breaks };
  }

  /** What stands between quotes, without escapes: the token has the range of the quotes, which are at these offsets. */
  quoted(open: number, close: number): Token {
    const range = this.range(open, close + 1);
    const text = this.text.slice(open + 1, close);
    if (text === '') return { text, range };
    const first = { offset: 0, position: this.position(open + 1) };
    return { text, range, breaks: this.pieces.length === 1 ? [first] : [first, ...this.breaks(open + 1, close)] };
  }

  private breaks(start: number, end: number): readonly Break[] {
    const found: Break[] = [];
    for (let i = this.indexAt(start) + 1; i < this.pieces.length; i++) {
      const { offset, line, character } = this.pieces[i]!;
      if (offset >= end) break;
      const isEmpty = this.pieces[i + 1]?.offset === offset;
      if (!isEmpty) found.push({ offset: offset - start, position: placeAt(line, character, this.anchor) });
    }
    return found;
  }

  private piece(offset: number): Piece {
    const [first] = this.pieces;
    if (first !== undefined && this.pieces.length === 1) return first;
    return this.pieces[this.indexAt(offset)] ?? { offset: 0, line: 0, character: 0 };
  }

  /** Index of the last piece that starts at or before the offset. */
  private indexAt(offset: number): number {
    let low = 0;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pieces[middle]!.offset <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

const NO_BREAKS: readonly Break[] = [];

/** Gathers a token whose text is not what stands in the source: quotes and escapes resolved. */
export class CookedToken {
  private text = '';
  private readonly breaks: Break[] = [];
  private expected: Position | undefined;

  constructor(private readonly joined: JoinedLine) {}

  /** Adds what stands for the characters from `offset` on. */
  add(text: string, offset: number): void {
    const position = this.joined.position(offset);
    const { expected } = this;
    const follows = expected?.line === position.line && expected.character === position.character;
    if (!follows) this.breaks.push({ offset: this.text.length, position });
    this.text += text;
    this.expected = placeBy(position, position.character + text.length);
  }

  /** The token with the range between two offsets of the joined line. */
  token(start: number, end: number): Token {
    return cut({ text: this.text, range: this.joined.range(start, end), breaks: this.breaks }, 0, this.text.length);
  }
}

/** Where the character at an offset into a token's text stands in the source; of the text's length: behind the last. */
export function positionIn(token: Token, offset: number): Position {
  const { breaks, range } = token;
  if (breaks === undefined) return placeBy(range.start, range.start.character + offset);
  let low = 0;
  let high = breaks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (breaks[middle]!.offset <= offset) low = middle + 1;
    else high = middle;
  }
  const found = breaks[low - 1] ?? { offset: 0, position: range.start };
  return placeBy(found.position, found.position.character + offset - found.offset);
}

/** The range of a part of a token's text. */
export function rangeIn(token: Token, start: number, end: number): Range {
  if (token.breaks === undefined) return rangeBy(token.range, start, Math.max(start, end));
  const from = positionIn(token, start);
  if (end <= start) return rangeBetween(from, from);
  const last = positionIn(token, end - 1);
  return rangeBetween(from, placeBy(last, last.character + 1));
}

/** A part of a token as a token. */
export function subToken(token: Token, start: number, end: number): Token {
  const { text, breaks } = token;
  const range = rangeIn(token, start, end);
  return breaks === undefined ? { text: text.slice(start, end), range } : cut({ text, range, breaks }, start, end);
}

/** Keeps of the breaks those that matter between two offsets of the text. */
function cut({ text, range, breaks }: Required<Token>, start: number, end: number): Token {
  const kept: Break[] = [];
  for (const { offset, position } of breaks) {
    if (offset >= end) break;
    if (offset > start) kept.push({ offset: offset - start, position });
    else {
      const first = placeBy(position, position.character + start - offset);
      kept.length = 0;
      const starts = first.line === range.start.line && first.character === range.start.character;
      if (!starts) kept.push({ offset: 0, position: first });
    }
  }
  const own = text.slice(start, end);
  return kept.length === 0 ? { text: own, range } : { text: own, range, breaks: kept };
}
