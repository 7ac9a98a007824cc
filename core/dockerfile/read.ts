import type { InstructionNode, Parsed, Problem } from './ast.ts';
import type { Instruction } from './instructions.ts';
import { parseSyntax } from './parse.ts';
import { errorAt } from './problems.ts';
import { readInstruction } from './read-instruction.ts';
import { type Dockerfile, stagesOf } from './stages.ts';

/** Reads a Dockerfile: its syntax, its typed instructions, its stages, and in BuildKit's words what is wrong with it. */
export function readDockerfile(text: string): Parsed<Dockerfile> {
  const { value: syntax, problems } = parseSyntax(text);
  const found: Problem[] = [...problems];
  const told = new Set(problems.map(({ range }) => range.start.line));
  const instructions: Instruction[] = [];
  let inStage = false;
  for (const node of syntax.instructions) {
    const { value, problems: own } = readInstruction(node);
    instructions.push(value);
    if (!isTold(node, told)) found.push(...own);
    if (value.kind === 'FROM') inStage = true;
    else if (!inStage && value.kind !== 'ARG' && value.kind !== 'UNKNOWN') {
      found.push(errorAt(node.keyword.range, 'no-stage', 'no build stage in current context'));
    }
  }
  return { value: { syntax, instructions, ...stagesOf(instructions) }, problems: found };
}

/** An instruction that could not be split has told what is wrong already. */
function isTold({ startLine, commandEndLine }: InstructionNode, told: ReadonlySet<number>): boolean {
  for (let line = startLine; line <= commandEndLine; line++) if (told.has(line)) return true;
  return false;
}
