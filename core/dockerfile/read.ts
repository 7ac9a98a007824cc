import type { InstructionNode, Parsed, Problem, SyntaxTree } from './ast.ts';
import type { Instruction } from './instructions.ts';
import { parseChanged, parseSyntax } from './parse.ts';
import type { ParseMemory } from './parse-memory.ts';
import { errorAt } from './problems.ts';
import { readInstruction } from './read-instruction.ts';
import { type Dockerfile, type Stage, stagesOf } from './stages.ts';

/** Reads a Dockerfile: its syntax, its typed instructions, its stages, and in BuildKit's words what is wrong with it. */
export function readDockerfile(text: string): Parsed<Dockerfile> {
  return readTree(parseSyntax(text), readInstruction);
}

/**
 * Reads one version of a document after another: what did not change is not read again. Gives what `readDockerfile` gives
 * of the same text; a stage of which nothing changed is the very same.
 */
export class DockerfileReader {
  private memory: ParseMemory | undefined;
  /** Of the last version, in order. */
  private known: readonly Parsed<Instruction>[] = [];
  private stages: readonly Stage[] = [];

  read(text: string): Parsed<Dockerfile> {
    const { memory, ...tree } = parseChanged(text, this.memory);
    this.memory = memory;
    const { known } = this;
    const now: Parsed<Instruction>[] = [];
    const { length } = tree.value.instructions;
    const { value, problems } = readTree(tree, (node) => {
      // What did not change is as far from the start as it was, or as far from the end.
      const fromEnd = known[known.length - length + now.length];
      const same = known[now.length]?.value.node === node ? known[now.length] : fromEnd;
      const read = same?.value.node === node ? same : readInstruction(node);
      now.push(read);
      return read;
    });
    this.known = now;
    this.stages = value.stages.map((stage, index) => (isSame(stage, this.stages[index]) ? this.stages[index]! : stage));
    return { value: { ...value, stages: this.stages }, problems };
  }
}

function isSame({ from, instructions }: Stage, other: Stage | undefined): boolean {
  return (
    other?.from === from &&
    other.instructions.length === instructions.length &&
    instructions.every((instruction, index) => instruction === other.instructions[index])
  );
}

function readTree(
  { value: syntax, problems }: Parsed<SyntaxTree>,
  read: (node: InstructionNode) => Parsed<Instruction>,
): Parsed<Dockerfile> {
  const found: Problem[] = [...problems];
  const told = new Set(problems.map(({ range }) => range.start.line));
  const instructions: Instruction[] = [];
  let inStage = false;
  for (const node of syntax.instructions) {
    const { value, problems: own } = read(node);
    instructions.push(value);
    if (own.length > 0 && !isTold(node, told)) found.push(...own);
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
