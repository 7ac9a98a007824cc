import type { Break, Flag, Heredoc, InstructionNode, Position, Range, Token } from './ast.ts';

/**
 * Instructions of a document's last version, so that the next one parses only what changed. An instruction is known by its
 * source where it stood, or as far from the end of the text as it stood.
 */
export class ParseMemory {
  private readonly byLine: ReadonlyMap<number, InstructionNode>;

  /** Takes instructions that were parsed without a problem; `moved`: by how many lines the end of the text has moved. */
  constructor(
    readonly escapeToken: '\\' | '`',
    nodes: readonly InstructionNode[],
    private readonly moved: number,
  ) {
    this.byLine = new Map(nodes.map((node) => [node.startLine, node]));
  }

  /** The instruction that starts with that very source, moved to the line; `startsWith` compares the text there. */
  find(line: number, startsWith: (source: string) => boolean): InstructionNode | undefined {
    const here = this.byLine.get(line);
    if (here !== undefined && startsWith(here.source)) return here;
    if (this.moved === 0) return undefined;
    const there = this.byLine.get(line - this.moved);
    return there !== undefined && startsWith(there.source) ? movedNode(there, this.moved) : undefined;
  }
}

/** An instruction some lines further down. */
export function movedNode(node: InstructionNode, by: number): InstructionNode {
  const { rest, trigger } = node;
  return {
    ...node,
    keyword: movedToken(node.keyword, by),
    flags: node.flags.map((flag) => movedFlag(flag, by)),
    ...(rest && { rest: movedToken(rest, by) }),
    args: node.args.map((token) => movedToken(token, by)),
    heredocs: node.heredocs.map((heredoc) => movedHeredoc(heredoc, by)),
    docComment: node.docComment.map(({ text, range }) => ({ text, range: movedRange(range, by) })),
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

/** A range some lines further down. */
export function movedRange({ start, end }: Range, by: number): Range {
  return { start: movedPosition(start, by), end: movedPosition(end, by) };
}

function movedPosition({ line, character }: Position, by: number): Position {
  return { line: line + by, character };
}
