import type { InstructionNode, Position, Range, Token } from './ast.ts';

/**
 * The line where an instruction or a comment begins. Of a document that is read version after version, all that stands in it
 * counts its lines from here: where lines come or go above, this one number moves, and with it every place that hangs on it.
 */
export class LineAnchor {
  constructor(public line: number) {}
}

/** A place whose line is counted from an anchor. It always says where that is in the newest version. */
export class AnchoredPosition implements Position {
  constructor(
    readonly anchor: LineAnchor,
    readonly below: number,
    readonly character: number,
  ) {}

  get line(): number {
    return this.anchor.line + this.below;
  }

  /** Another place, some lines further down. */
  at(character: number, below: number): Position {
    return new AnchoredPosition(this.anchor, this.below + below, character);
  }

  toJSON(): Position {
    return { line: this.line, character: this.character };
  }
}

/** A range whose lines are counted from an anchor: one object, whose places are made when somebody asks for them. */
export class AnchoredRange implements Range {
  constructor(
    private readonly anchor: LineAnchor,
    private readonly startBelow: number,
    private readonly startCharacter: number,
    private readonly endBelow: number,
    private readonly endCharacter: number,
  ) {}

  get start(): Position {
    return new AnchoredPosition(this.anchor, this.startBelow, this.startCharacter);
  }

  get end(): Position {
    return new AnchoredPosition(this.anchor, this.endBelow, this.endCharacter);
  }

  /** A part of the line where it starts, by characters from there. */
  part(start: number, end: number): Range {
    const { startBelow, startCharacter } = this;
    return new AnchoredRange(this.anchor, startBelow, startCharacter + start, startBelow, startCharacter + end);
  }

  toJSON(): Range {
    return { start: this.start, end: this.end };
  }
}

/** From one place to another; where both hang on one anchor, so does the range. */
export function rangeBetween(start: Position, end: Position): Range {
  if (start instanceof AnchoredPosition && end instanceof AnchoredPosition && start.anchor === end.anchor)
    return new AnchoredRange(start.anchor, start.below, start.character, end.below, end.character);
  return { start, end };
}

/** A part of one line, counted from an anchor where there is one. */
export function rangeAt(line: number, start: number, end: number, anchor: LineAnchor | undefined): Range {
  if (anchor === undefined) return { start: { line, character: start }, end: { line, character: end } };
  const below = line - anchor.line;
  return new AnchoredRange(anchor, below, start, below, end);
}

/** A part of the line where a range starts, by characters from there. */
export function rangeBy(range: Range, start: number, end: number): Range {
  if (range instanceof AnchoredRange) return range.part(start, end);
  const { start: from } = range;
  return rangeBetween(placeBy(from, from.character + start), placeBy(from, from.character + end));
}

/** A place in a line, counted from an anchor where there is one. */
export function placeAt(line: number, character: number, anchor: LineAnchor | undefined): Position {
  return anchor === undefined ? { line, character } : new AnchoredPosition(anchor, line - anchor.line, character);
}

/** A place in the line of another one, or some lines below, which moves with it. */
export function placeBy(position: Position, character: number, below = 0): Position {
  if (position instanceof AnchoredPosition) return position.at(character, below);
  return { line: position.line + below, character };
}

/** What an instruction says. */
export interface NodeWords extends Pick<InstructionNode, 'keyword' | 'name' | 'original' | 'flags' | 'args' | 'json'> {
  readonly rest?: Token | undefined;
}

/** Where an instruction stands, and what stands there. */
export type NodePlace = Pick<
  InstructionNode,
  'source' | 'heredocs' | 'docComment' | 'startLine' | 'commandEndLine' | 'endLine' | 'emptyContinuationLines' | 'range'
>;

const NO_LINES: readonly number[] = [];

/** An instruction whose lines are counted from an anchor. */
export class AnchoredNode implements InstructionNode {
  readonly keyword: InstructionNode['keyword'];
  readonly name: string;
  readonly source: string;
  readonly original: string;
  readonly flags: InstructionNode['flags'];
  declare readonly rest?: NonNullable<InstructionNode['rest']>;
  readonly args: InstructionNode['args'];
  readonly json: boolean;
  readonly heredocs: InstructionNode['heredocs'];
  declare readonly trigger?: InstructionNode;
  readonly range: InstructionNode['range'];
  private readonly commandLines: number;
  private readonly lines: number;
  private readonly emptyLines: readonly number[];

  /** `words` and `place`: what it has, whose ranges hang on the anchor already; `docComment`: another one than it has. */
  constructor(
    words: NodeWords,
    trigger: InstructionNode | undefined,
    place: NodePlace,
    readonly anchor: LineAnchor,
    readonly docComment = place.docComment,
  ) {
    const { rest } = words;
    const { startLine, emptyContinuationLines } = place;
    this.keyword = words.keyword;
    this.name = words.name;
    this.source = place.source;
    this.original = words.original;
    this.flags = words.flags;
    if (rest) this.rest = rest;
    this.args = words.args;
    this.json = words.json;
    this.heredocs = place.heredocs;
    if (trigger) this.trigger = trigger;
    this.range = place.range;
    this.commandLines = place.commandEndLine - startLine;
    this.lines = place.endLine - startLine;
    this.emptyLines =
      emptyContinuationLines.length === 0 ? NO_LINES : emptyContinuationLines.map((line) => line - startLine);
  }

  /** The same instruction below another comment. */
  below(docComment: InstructionNode['docComment']): AnchoredNode {
    return new AnchoredNode(this, this.trigger, this, this.anchor, docComment);
  }

  get startLine(): number {
    return this.anchor.line;
  }

  get commandEndLine(): number {
    return this.anchor.line + this.commandLines;
  }

  get endLine(): number {
    return this.anchor.line + this.lines;
  }

  get emptyContinuationLines(): readonly number[] {
    return this.emptyLines.length === 0 ? this.emptyLines : this.emptyLines.map((line) => this.anchor.line + line);
  }
}
