import type { InstructionNode } from '../../dockerfile/ast.ts';
import type { Instruction } from '../../dockerfile/instructions.ts';
import type { JudgedPart, Part } from './judged-part.ts';
import { sameList } from './same.ts';
import { matchUnits, type Unit } from './unit.ts';

/** Where an instruction stands in a version: in which part, and where in that. */
export interface InstructionPlace {
  readonly part: number;
  readonly index: number;
}

/** What differs between the last version and the next, and what of the last one is known again. */
export class Change {
  /** What stands between those instructions that are the same from the start on, and those to the end. */
  readonly removed: readonly Instruction[];
  readonly added: readonly Instruction[];
  /** How many parts are the very same from the start on. */
  private readonly head: number;
  /** How many are from the end. */
  private readonly tail: number;
  /** Of the parts between them, what was written the same before. */
  private readonly known: readonly (readonly (Unit | undefined)[])[];
  private readonly byFirst: ReadonlyMap<Unit | undefined, JudgedPart>;
  /** By index among the instructions between them: where each of the last version is now. */
  private readonly placesNow: readonly (InstructionPlace | undefined)[];
  /** For each of those parts of the last version, the index of its first instruction among them. */
  private readonly starts: readonly number[];

  constructor(
    private readonly before: readonly JudgedPart[],
    private readonly now: readonly Part[],
  ) {
    let head = 0;
    while (head < before.length && head < now.length && isSame(before[head]!, now[head]!)) head++;
    let tail = 0;
    const most = Math.min(before.length, now.length) - head;
    while (tail < most && isSame(before[before.length - 1 - tail]!, now[now.length - 1 - tail]!)) tail++;
    const old = before.slice(head, before.length - tail);
    const changed = now.slice(head, now.length - tail);
    const units = old.flatMap((part) => part.units);
    const instructions = changed.flatMap((part) => part.instructions);
    const { matches, start, end } = matchUnits(units, instructions);
    this.head = head;
    this.tail = tail;
    this.removed = units.slice(start, units.length - end).map(({ instruction }) => instruction);
    this.added = instructions.slice(start, instructions.length - end);
    const first = startsOf(changed.map((part) => part.instructions.length));
    this.known = changed.map((part, at) => matches.slice(first[at]!, first[at]! + part.instructions.length));
    this.byFirst = new Map(old.map((part) => [part.units[0], part]));
    this.starts = startsOf(old.map((part) => part.units.length));
    const places =
      units.length === 0
        ? []
        : changed.flatMap((part, at) => part.instructions.map((_, index) => ({ part: head + at, index })));
    this.placesNow = units.map((_, index) => {
      if (index < start) return places[index];
      return index < units.length - end ? undefined : places[index + instructions.length - units.length];
    });
  }

  /** Whether comments above instructions changed, which may turn off anything. */
  get isOfComments(): boolean {
    const commentsOf = (instructions: readonly Instruction[]) =>
      instructions.flatMap(({ node }) => node.docComment.map(({ text }) => text));
    return !sameList(commentsOf(this.removed), commentsOf(this.added));
  }

  /** What was written the same before as the instructions of a part, by index. */
  unitsOf(part: number): readonly (Unit | undefined)[] {
    return this.sameAs(part)?.units ?? this.known[part - this.head] ?? [];
  }

  /** The part of the last version that began with the same instruction. */
  partBefore(part: number): JudgedPart | undefined {
    return this.sameAs(part) ?? this.byFirst.get(this.known[part - this.head]?.[0]);
  }

  /** Where an instruction of the last version is now; undefined for one that is gone, or may have another order. */
  placeNow(place: InstructionPlace): InstructionPlace | undefined {
    const { part, index } = place;
    const { length } = this.now;
    if (part < this.head) return place;
    if (part >= this.before.length - this.tail)
      return length === this.before.length ? place : { part: part + length - this.before.length, index };
    return this.placesNow[this.starts[part - this.head]! + index];
  }

  /** The instruction at a place of the new version. */
  nodeAt({ part, index }: InstructionPlace): InstructionNode {
    return this.now[part]!.instructions[index]!.node;
  }

  private sameAs(part: number): JudgedPart | undefined {
    if (part < this.head) return this.before[part];
    const fromEnd = this.now.length - part;
    return fromEnd <= this.tail ? this.before[this.before.length - fromEnd] : undefined;
  }
}

function isSame(before: JudgedPart, now: Part): boolean {
  return before.stage === now.stage && (now.stage !== undefined || sameList(before.instructions, now.instructions));
}

/** Where each of some lists starts when they are put behind each other. */
function startsOf(lengths: readonly number[]): number[] {
  let start = 0;
  return lengths.map((length) => {
    const own = start;
    start += length;
    return own;
  });
}
