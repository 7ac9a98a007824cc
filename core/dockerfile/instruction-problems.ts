import type { InstructionNode, Parsed, Problem } from './ast.ts';
import type { Instruction } from './instructions.ts';
import { errorAt } from './problems.ts';

/**
 * What is wrong with instructions from the start of a file or a stage on, beside what their syntax has told: an instruction
 * that could not be split is not told of twice.
 */
export function instructionProblems(read: readonly Parsed<Instruction>[], told: readonly Problem[]): Problem[] {
  const lines = new Set(told.map(({ range }) => range.start.line));
  const found: Problem[] = [];
  let inStage = false;
  for (const { value, problems } of read) {
    const { kind, node } = value;
    if (problems.length > 0 && !isTold(node, lines)) found.push(...problems);
    if (kind === 'FROM') inStage = true;
    else if (!inStage && kind !== 'ARG' && kind !== 'UNKNOWN') {
      found.push(errorAt(node.keyword.range, 'no-stage', 'no build stage in current context'));
    }
  }
  return found;
}

function isTold({ startLine, commandEndLine }: InstructionNode, told: ReadonlySet<number>): boolean {
  if (told.size === 0) return false;
  for (let line = startLine; line <= commandEndLine; line++) if (told.has(line)) return true;
  return false;
}
