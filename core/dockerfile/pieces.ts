import type { Comment, InstructionNode, Parsed, Problem } from './ast.ts';
import { instructionProblems } from './instruction-problems.ts';
import type { Instruction } from './instructions.ts';
import type { LineAnchor } from './line-anchor.ts';
import type { ParsedPart } from './parse.ts';

/** What stands above the first FROM, or a stage: from behind the last instruction above it on. */
export interface Piece {
  /** Where it begins in the text. */
  readonly offset: number;
  readonly line: number;
  readonly nodes: readonly InstructionNode[];
  readonly instructions: readonly Instruction[];
  /** The instructions, with what is wrong with each. */
  readonly read: readonly Parsed<Instruction>[];
  readonly comments: readonly Comment[];
  readonly problems: PieceProblems;
  /** Instructions that may be known again by their source. */
  readonly plain: ReadonlySet<InstructionNode>;
  /** What all its places hang on. */
  readonly anchors: readonly LineAnchor[];
}

interface PieceProblems {
  readonly lengths: readonly Problem[];
  readonly syntax: readonly Problem[];
  readonly instructions: readonly Problem[];
}

/** Splits what was parsed at its FROMs. From the start of a file on, the first piece is what stands above them. */
export function piecesOf(
  { tree, problems, plain, anchors, offsetOf }: ParsedPart,
  start: Pick<Piece, 'offset' | 'line'>,
  readNode: (node: InstructionNode) => Parsed<Instruction>,
): Piece[] {
  const lists: { line: number; read: Parsed<Instruction>[] }[] = [{ line: start.line, read: [] }];
  for (const node of tree.instructions) {
    const each = readNode(node);
    const { read } = lists.at(-1)!;
    if (each.value.kind !== 'FROM' || (read.length === 0 && start.line > 0)) read.push(each);
    else lists.push({ line: (read.at(-1)?.value.node.endLine ?? start.line - 1) + 1, read: [each] });
  }
  const starts = lists.map(({ line }) => line);
  const lineOf = ({ range }: Comment | Problem): number => range.start.line;
  const lengthsOf = split(problems.lengths, starts, lineOf);
  const syntaxOf = split(problems.rest, starts, lineOf);
  const commentsOf = split(tree.comments, starts, lineOf);
  const anchorsOf = split(anchors, starts, ({ line }) => line);
  return lists.map(({ line, read }, index) => {
    const [lengths, syntax] = [lengthsOf[index]!, syntaxOf[index]!];
    return {
      offset: start.offset + offsetOf(line),
      line,
      nodes: read.map(({ value }) => value.node),
      instructions: read.map(({ value }) => value),
      read,
      comments: commentsOf[index]!,
      problems: { lengths, syntax, instructions: instructionProblems(read, [...lengths, ...syntax]) },
      plain,
      anchors: anchorsOf[index]!,
    };
  });
}

/** What begins at or below each of some lines, and above the next of them; what is above the first is in none. */
function split<T>(values: readonly T[], starts: readonly number[], lineOf: (value: T) => number): T[][] {
  const parts = starts.map((): T[] => []);
  let index = 0;
  for (const value of values) {
    const line = lineOf(value);
    while (index > 0 && line < starts[index]!) index--;
    while (index + 1 < starts.length && starts[index + 1]! <= line) index++;
    if (line >= starts[index]!) parts[index]!.push(value);
  }
  return parts;
}

/** A piece that stands as it was, some characters and lines further down: its places are moved, and nothing is made anew. */
export function movedPiece(piece: Piece, by: number, linesBy: number): Piece {
  if (linesBy !== 0) for (const anchor of piece.anchors) anchor.line += linesBy;
  return by === 0 && linesBy === 0 ? piece : { ...piece, offset: piece.offset + by, line: piece.line + linesBy };
}
