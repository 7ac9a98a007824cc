/** A place in a text: line and UTF-16 column, both from 0, as the Language Server Protocol counts. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A part of a text; the end is exclusive. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** From `offset` of a token's text on, the text stands at `position` in the source, until the next break. */
export interface Break {
  readonly offset: number;
  readonly position: Position;
}

/**
 * A piece of the source as BuildKit reads it: continued lines joined, and for flags and JSON strings quotes and escapes
 * resolved. `positionIn` says where each of its characters stands in the source.
 */
export interface Token {
  readonly text: string;
  /** In the source, with quotes and all. */
  readonly range: Range;
  /** In order; absent where the text stands in the source as it is, from the range's start on. */
  readonly breaks?: readonly Break[];
}

/** `# escape=…`, `# syntax=…` or `# check=…` at the head of the file. */
export interface Directive {
  readonly name: 'escape' | 'syntax' | 'check';
  readonly key: Token;
  readonly value: Token;
  /** From `#` on. */
  readonly range: Range;
}

/** A whole-line comment, also between continued lines; directives are none. */
export interface Comment {
  /** As it stands, from `#` to the end of its line. */
  readonly text: string;
  readonly range: Range;
}

/** `--name=value` before an instruction's arguments. */
export interface Flag {
  /** The whole flag as BuildKit reads it: quotes and escapes resolved. */
  readonly text: string;
  /** Without the dashes. */
  readonly name: Token;
  /** What follows `=`; absent without `=`. */
  readonly value?: Token;
  readonly range: Range;
}

/** A here-document of RUN, COPY or ADD. */
export interface Heredoc {
  readonly name: string;
  /** Whether variables in it are expanded: no part of its name was quoted. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are not part of its lines. */
  readonly chomp: boolean;
  /** 0 where none is written. */
  readonly fileDescriptor: number;
  /** As it stands in the file, with every line's end, tabs not taken off. */
  readonly content: string;
  /** The `<<NAME` of the instruction. */
  readonly marker: Range;
  /** From the first line's start to the terminator's. */
  readonly contentRange: Range;
  /** The line that ends it; absent where it is unterminated. */
  readonly terminator?: Range;
}

/** One line of the comment above an instruction, as BuildKit keeps it: without the first character and white space around. */
export interface DocLine {
  readonly text: string;
  /** The comment's line, from `#` on. */
  readonly range: Range;
}

/** One instruction, whatever it is: what BuildKit's parser knows of it, with exact ranges. */
export interface InstructionNode {
  /** As written; empty for a lone continuation at the end of the file. */
  readonly keyword: Token;
  /** Upper case. */
  readonly name: string;
  /** Its lines as they stand in the file, with their ends and those of its heredocs. */
  readonly source: string;
  /** The joined line, as BuildKit keeps it (`Original`). */
  readonly original: string;
  readonly flags: readonly Flag[];
  /** What follows the flags, white space around it taken off; absent where nothing follows. */
  readonly rest?: Token;
  /**
   * The arguments as BuildKit's parser splits them. ENV and LABEL have three for each pair: name, value, and `=` or ''
   * (for the form without `=`). For ONBUILD: none, see `trigger`.
   */
  readonly args: readonly Token[];
  /** Whether the arguments are a JSON array. */
  readonly json: boolean;
  readonly heredocs: readonly Heredoc[];
  /** The instruction behind ONBUILD. */
  readonly trigger?: InstructionNode;
  /** Oldest first. */
  readonly docComment: readonly DocLine[];
  /** First line, from 0. */
  readonly startLine: number;
  /** Last line before the heredocs, from 0: where BuildKit reports empty continuation lines. */
  readonly commandEndLine: number;
  /** Last line with the heredocs, from 0, as BuildKit counts: blank lines after a last continuation are in. */
  readonly endLine: number;
  /** Blank lines between continued lines, from 0. */
  readonly emptyContinuationLines: readonly number[];
  /** From the keyword to the last argument, heredocs with their terminators included. */
  readonly range: Range;
}

/** A whole Dockerfile as BuildKit's parser sees it. */
export interface SyntaxTree {
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  readonly comments: readonly Comment[];
  readonly instructions: readonly InstructionNode[];
}

/** How bad: an error keeps BuildKit from building. */
export type Severity = 'error' | 'warning';

/** What is wrong with a Dockerfile by itself, in BuildKit's words. */
export interface Problem<Code extends string = string> {
  /** Stable name: `unknown-instruction`. */
  readonly code: Code;
  readonly message: string;
  readonly range: Range;
  readonly severity: Severity;
  /** The word that was most likely meant, where one is near. */
  readonly suggestion?: string;
}

/** Parsing never throws: the value holds whatever could be read, the problems what could not. */
export interface Parsed<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}
