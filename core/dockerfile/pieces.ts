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
  return lists.map(({ line, read }, index) => {
    const end = lists[index + 1]?.line ?? Number.POSITIVE_INFINITY;
    const hasLine = (number: number): boolean => line <= number && number < end;
    const isIn = ({ range }: Comment | Problem): boolean => hasLine(range.start.line);
    const lengths = problems.lengths.filter(isIn);
    const syntax = problems.rest.filter(isIn);
    return {
      offset: start.offset + offsetOf(line),
      line,
      nodes: read.map(({ value }) => value.node),
      instructions: read.map(({ value }) => value),
      read,
      comments: tree.comments.filter(isIn),
      problems: { lengths, syntax, instructions: instructionProblems(read, [...lengths, ...syntax]) },
      plain,
      anchors: anchors.filter((anchor) => hasLine(anchor.line)),
    };
  });
}

/** A piece that stands as it was, some characters and lines further down: its places are moved, and nothing is made anew. */
export function movedPiece(piece: Piece, by: number, linesBy: number): Piece {
  if (linesBy !== 0) for (const anchor of piece.anchors) anchor.line += linesBy;
  return by === 0 && linesBy === 0 ? piece : { ...piece, offset: piece.offset + by, line: piece.line + linesBy };
}
