import type { InstructionNode, Parsed, Problem, SyntaxTree } from './ast.ts';
import { commonPrefix, commonSuffix } from './common-ends.ts';
import type { Instruction } from './instructions.ts';
import { once } from './once.ts';
import { noInstructions, parsePart } from './parse.ts';
import { ParseMemory } from './parse-memory.ts';
import { movedPiece, type Piece, piecesOf } from './pieces.ts';
import { readInstruction } from './read-instruction.ts';
import { lineCountOf } from './source-lines.ts';
import { argsOf, type Dockerfile, type Stage, toStage } from './stages.ts';

/** What is read once, at the start of a file. */
interface Head extends Pick<SyntaxTree, 'escape' | 'directives'> {
  readonly problems: readonly Problem[];
}

/**
 * Reads one version of a document after another: stages that an edit does not touch are not read again, and of the others no
 * instruction that is written the same. Gives what `readDockerfile` gives of the same text; a stage of which nothing changed,
 * nor any line within, is the very same, wherever it stands now. What was read of earlier versions must not be used any more
 * where lines came or went: its places move along.
 */
export class DockerfileReader {
  private text = '';
  private lineCount = 0;
  private head: Head = { escape: '\\', directives: [], problems: [] };
  private pieces: readonly Piece[] = [];
  private stages: readonly PieceStage[] = [];
  private moves = 0;

  /** How often lines have moved: what was read before that says nothing of its own text any more. */
  get moveCount(): number {
    return this.moves;
  }

  read(text: string): Parsed<Dockerfile> {
    const { first, last } = this.touched(text);
    this.pieces = this.between(text, first, last) ?? this.between(text, first, this.pieces.length) ?? [];
    this.text = text;
    const { pieces, head } = this;
    const [above, ...ofStages] = pieces;
    const stages = ofStages.map((piece, index) => stageOf(piece, index, this.stages[index]));
    this.stages = stages;
    const { problems, ...ofHead } = head;
    const comments = pieces.flatMap((piece) => piece.comments);
    const nodes = once(() => pieces.flatMap((piece) => piece.nodes));
    const instructions = once(() => pieces.flatMap((piece) => piece.instructions));
    const isEmpty = pieces.every(({ nodes }) => nodes.length === 0);
    return {
      value: {
        syntax: {
          ...ofHead,
          comments,
          get instructions() {
            return nodes();
          },
        },
        get instructions() {
          return instructions();
        },
        above: above?.instructions ?? [],
        globalArgs: argsOf(above?.instructions ?? []),
        stages: stages.map(({ stage }) => stage),
      },
      problems: [
        ...problems,
        ...pieces.flatMap((piece) => piece.problems.lengths),
        ...pieces.flatMap((piece) => piece.problems.syntax),
        ...(isEmpty ? [noInstructions()] : []),
        ...pieces.flatMap((piece) => piece.problems.instructions),
      ],
    };
  }

  /** Which pieces an edit may have touched: from the first one on, up to the last, which is not. */
  private touched(text: string): { readonly first: number; readonly last: number } {
    const { pieces, text: before } = this;
    const prefix = commonPrefix(before, text);
    const suffix = commonSuffix(before, text, Math.min(before.length, text.length) - prefix);
    // Directives are read as such as long as there is no instruction above.
    const isBehind = (index: number): boolean => (pieces[index - 1]?.nodes.length ?? 0) > 0;
    const touched = pieces.findIndex((_, index) => (pieces[index + 1]?.offset ?? Number.POSITIVE_INFINITY) > prefix);
    // What follows a stage may come to belong to it.
    const first = isBehind(touched - 1) ? touched - 1 : 0;
    const last = pieces.findIndex(
      ({ offset }, index) => index > first && isBehind(index) && offset >= before.length - suffix,
    );
    return { first, last: last === -1 ? pieces.length : last };
  }

  /** All pieces, those from `first` up to `last` read anew; undefined where what follows may belong to them. */
  private between(text: string, first: number, last: number): Piece[] | undefined {
    const { pieces, head } = this;
    const start = first === 0 ? { offset: 0, line: 0 } : pieces[first]!;
    const after = pieces[last];
    const by = text.length - this.text.length;
    const part = text.slice(start.offset, after && after.offset + by);
    if (after !== undefined && !part.endsWith('\n')) return undefined;
    const old = pieces.slice(first, last);
    const linesBy = start.line + lineCountOf(part) - (after?.line ?? this.lineCount);
    const plain = old.flatMap((piece) => piece.nodes.filter((node) => piece.plain.has(node)));
    const memory = new ParseMemory(head.escape, plain, linesBy);
    const parsed = parsePart(part, first === 0 ? undefined : { line: start.line, escape: head.escape }, memory);
    const { tree, problems } = parsed;
    const isBehind = first > 0 || tree.instructions.length > 0;
    if (after !== undefined && (parsed.isOpen || !isBehind || tree.escape !== head.escape)) {
      memory.undo();
      return undefined;
    }
    if (first === 0) this.head = { escape: tree.escape, directives: tree.directives, problems: problems.directives };
    this.lineCount += linesBy;
    if (linesBy !== 0) this.moves++;
    const known = new Map<InstructionNode, Parsed<Instruction>>();
    for (const { read } of old) for (const each of read) known.set(each.value.node, each);
    const now = piecesOf(parsed, start, (node) => known.get(node) ?? readInstruction(node));
    return [...pieces.slice(0, first), ...now, ...pieces.slice(last).map((piece) => movedPiece(piece, by, linesBy))];
  }
}

/** A stage, and what it was made of. */
interface PieceStage {
  readonly stage: Stage;
  readonly instructions: readonly Instruction[];
  /** How far below its FROM each instruction stood. */
  readonly offsets: readonly number[];
}

/** The stage of a piece: the very same as in the last version, where it is. */
function stageOf({ instructions }: Piece, index: number, known: PieceStage | undefined): PieceStage {
  if (known?.instructions === instructions) return known;
  const [from, ...own] = instructions;
  if (from?.kind !== 'FROM') throw new Error('a stage begins with FROM');
  const offsets = instructions.map(({ node }) => node.startLine - from.node.startLine);
  const isSame =
    known?.instructions.length === instructions.length &&
    instructions.every((each, at) => each === known.instructions[at] && offsets[at] === known.offsets[at]);
  return { stage: isSame ? known.stage : toStage({ from, instructions: own }, index), instructions, offsets };
}
