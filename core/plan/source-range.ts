/** A place in a text: line and UTF-16 column, both from 0, as editors count. */
export interface SourcePosition {
  readonly line: number;
  readonly character: number;
}

/** A part of a text; the end is exclusive. */
export interface SourceRange {
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}
