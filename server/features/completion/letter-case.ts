import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import type { Reading } from '../../reading.ts';

/** How many instructions above a place, and how many below, say how keywords are written there. */
const NEAR = 50;

/** Whether keywords are small here: those of most others nearby are; where there are none, the word that is begun is. */
export function isSmallHere(reading: Reading, line: number, word: string): boolean {
  const place = reading.instructionsDownTo(line);
  const others = reading.dockerfile.instructions
    .slice(Math.max(0, place - NEAR), place + NEAR)
    .filter(({ kind, node }) => kind !== 'UNKNOWN' && node.startLine !== line);
  const small = others.filter(hasSmallKeyword).length;
  if (2 * small === others.length) return word !== '' && word === word.toLowerCase();
  return 2 * small > others.length;
}

/** A word that belongs to an instruction, in the case of its keyword. */
export function inCaseOf(instruction: Instruction, word: string): string {
  return hasSmallKeyword(instruction) ? word.toLowerCase() : word;
}

function hasSmallKeyword({ node }: Instruction): boolean {
  return node.keyword.text === node.keyword.text.toLowerCase();
}
