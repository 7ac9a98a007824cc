import type { Parsed } from './ast.ts';
import { instructionProblems } from './instruction-problems.ts';
import { parseSyntax } from './parse.ts';
import { readInstruction } from './read-instruction.ts';
import { type Dockerfile, stagesOf } from './stages.ts';

/** Reads a Dockerfile: its syntax, its typed instructions, its stages, and in BuildKit's words what is wrong with it. */
export function readDockerfile(text: string): Parsed<Dockerfile> {
  const { value: syntax, problems } = parseSyntax(text);
  const read = syntax.instructions.map(readInstruction);
  const instructions = read.map(({ value }) => value);
  return {
    value: { syntax, instructions, ...stagesOf(instructions) },
    problems: [...problems, ...instructionProblems(read, problems)],
  };
}
