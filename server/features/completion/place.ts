import type { Position, Range } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import type { Reading } from '../../reading.ts';

/** Where something is to be completed. */
export interface Place {
  readonly reading: Reading;
  readonly position: Position;
  /** The one that has the place; behind ONBUILD the one that is triggered. */
  readonly instruction: Instruction;
  /** What stands of it before the place, from its keyword on, in one line. */
  readonly before: string;
  /** What stands of the word before the place. */
  readonly word: string;
  /** What stands behind the place in its line. */
  readonly after: string;
}

/** The place in an instruction; undefined where none is. */
export function placeAt(reading: Reading, position: Position): Place | undefined {
  const instruction = reading.instructionAt(position.line) ?? openAtEnd(reading, position.line);
  if (instruction === undefined) return undefined;
  const whole = textBefore(reading, instruction, position);
  const word = /\S*$/.exec(whole)?.[0] ?? '';
  const after = reading.line(position.line).slice(position.character);
  const trigger = /^onbuild\s+(?=\S+\s)/i.exec(whole);
  if (instruction.kind !== 'ONBUILD' || trigger === null || instruction.trigger === undefined) {
    return { reading, position, instruction, before: whole, word, after };
  }
  const before = whole.slice(trigger[0].length);
  return { reading, position, instruction: instruction.trigger, before, word, after };
}

/** The last instruction, where the line below it is still a part of it. */
function openAtEnd(reading: Reading, line: number): Instruction | undefined {
  const { instructions, syntax } = reading.dockerfile;
  const last = instructions.at(-1);
  if (last === undefined || line !== last.node.endLine + 1 || line !== reading.lineCount - 1) return undefined;
  const isOpen = last.node.heredocs.some(({ terminator }) => terminator === undefined);
  return isOpen ||
    reading
      .line(line - 1)
      .trimEnd()
      .endsWith(syntax.escape)
    ? last
    : undefined;
}

/** The range of what stands of a word before a place. */
export function rangeBefore({ line, character }: Position, word: string): Range {
  return { start: { line, character: character - word.length }, end: { line, character } };
}

/** Continued lines joined, comments between them left out. */
function textBefore(reading: Reading, { node }: Instruction, { line, character }: Position): string {
  const continuation = reading.dockerfile.syntax.escape;
  let text = '';
  for (let number = node.startLine; number < line; number++) {
    const part = reading.line(number);
    if (number > node.startLine && /^\s*#/.test(part)) continue;
    const end = part.trimEnd();
    text += end.endsWith(continuation) ? end.slice(0, -1) : `${part} `;
  }
  return (text + reading.line(line).slice(0, character)).trimStart();
}
