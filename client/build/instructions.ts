import { parseSyntax } from '../../core/dockerfile/parse.ts';
import type { Instruction } from './progress.ts';

/** The instructions of a Dockerfile with their lines, for finding the line of a build step. */
export function instructionsOf(text: string): Instruction[] {
  return parseSyntax(text).value.instructions.map(({ startLine, original }) => ({
    line: startLine + 1,
    text: original,
  }));
}
