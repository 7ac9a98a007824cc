import type { InstructionNode, Position } from './ast.ts';

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
    private readonly below: number,
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

/** A place in a line, counted from an anchor where there is one. */
export function placeAt(line: number, character: number, anchor: LineAnchor | undefined): Position {
  return anchor === undefined ? { line, character } : new AnchoredPosition(anchor, line - anchor.line, character);
}

/** A place in the line of another one, or some lines below, which moves with it. */
export function placeBy(position: Position, character: number, below = 0): Position {
  if (position instanceof AnchoredPosition) return position.at(character, below);
  return { line: position.line + below, character };
}

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

  /** `node`: the same, whose ranges hang on the anchor already; `docComment`: another one than it has. */
  constructor(
    node: InstructionNode,
    readonly anchor: LineAnchor,
    readonly docComment = node.docComment,
  ) {
    const { startLine, rest, trigger } = node;
    this.keyword = node.keyword;
    this.name = node.name;
    this.source = node.source;
    this.original = node.original;
    this.flags = node.flags;
    if (rest) this.rest = rest;
    this.args = node.args;
    this.json = node.json;
    this.heredocs = node.heredocs;
    if (trigger) this.trigger = trigger;
    this.range = node.range;
    this.commandLines = node.commandEndLine - startLine;
    this.lines = node.endLine - startLine;
    this.emptyLines = node.emptyContinuationLines.map((line) => line - startLine);
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
