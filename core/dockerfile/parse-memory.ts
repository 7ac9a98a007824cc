import type { Break, Flag, Heredoc, InstructionNode, Position, Range, Token } from './ast.ts';

/**
 * The instructions of a document's last version, so that the next one parses only what changed. An instruction is known
 * by its source where it stood, or as far from the end of the text as it stood.
 */
export class ParseMemory {
  private readonly byLine: (InstructionNode | undefined)[];
  private moved = 0;

  constructor(
    readonly escapeToken: '\\' | '`',
    private readonly lineCount: number,
  ) {
    this.byLine = new Array<InstructionNode | undefined>(lineCount);
  }

  /** Tells how many lines the new version has. */
  compareWith(lineCount: number): void {
    this.moved = lineCount - this.lineCount;
  }

  /** Takes an instruction that was parsed without a problem. */
  add(node: InstructionNode): void {
    this.byLine[node.startLine] = node;
  }

  /** The instruction that starts with that very source, moved to the line; `startsWith` compares the text there. */
  find(line: number, startsWith: (source: string) => boolean): InstructionNode | undefined {
    const here = this.byLine[line];
    if (here !== undefined && startsWith(here.source)) return here;
    if (this.moved === 0) return undefined;
    const there = this.byLine[line - this.moved];
    return there !== undefined && startsWith(there.source) ? movedNode(there, this.moved) : undefined;
  }
}

function movedNode(node: InstructionNode, by: number): InstructionNode {
  const { rest, trigger } = node;
  return {
    ...node,
    keyword: movedToken(node.keyword, by),
    flags: node.flags.map((flag) => movedFlag(flag, by)),
    ...(rest && { rest: movedToken(rest, by) }),
    args: node.args.map((token) => movedToken(token, by)),
    heredocs: node.heredocs.map((heredoc) => movedHeredoc(heredoc, by)),
    ...(trigger && { trigger: movedNode(trigger, by) }),
    startLine: node.startLine + by,
    commandEndLine: node.commandEndLine + by,
    endLine: node.endLine + by,
    emptyContinuationLines: node.emptyContinuationLines.map((line) => line + by),
    range: movedRange(node.range, by),
  };
}

function movedFlag(flag: Flag, by: number): Flag {
  const { value } = flag;
  return {
    ...flag,
    name: movedToken(flag.name, by),
    ...(value && { value: movedToken(value, by) }),
    range: movedRange(flag.range, by),
  };
}

function movedHeredoc(heredoc: Heredoc, by: number): Heredoc {
  const { terminator } = heredoc;
  return {
    ...heredoc,
    marker: movedRange(heredoc.marker, by),
    contentRange: movedRange(heredoc.contentRange, by),
    ...(terminator && { terminator: movedRange(terminator, by) }),
  };
}

function movedToken({ text, range, breaks }: Token, by: number): Token {
  return { text, range: movedRange(range, by), ...(breaks && { breaks: breaks.map((each) => movedBreak(each, by)) }) };
}

function movedBreak({ offset, position }: Break, by: number): Break {
  return { offset, position: movedPosition(position, by) };
}

function movedRange({ start, end }: Range, by: number): Range {
  return { start: movedPosition(start, by), end: movedPosition(end, by) };
}

function movedPosition({ line, character }: Position, by: number): Position {
  return { line: line + by, character };
}
