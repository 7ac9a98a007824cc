import type { InstructionNode, Range } from '../dockerfile/ast.ts';
import type { TextEdit } from './rule.ts';

/** Takes the whole lines of an instruction away. */
export function removeInstruction({ startLine, range: { end } }: InstructionNode): TextEdit {
  return {
    range: { start: { line: startLine, character: 0 }, end: { line: end.line + 1, character: 0 } },
    newText: '',
  };
}

/** Takes one of an instruction's items away, with what stands between it and its neighbour; the only one with the instruction. */
export function removeItem(node: InstructionNode, items: readonly Range[], index: number): TextEdit {
  const item = items[index];
  const before = items[index - 1];
  const after = items[index + 1];
  if (item !== undefined && before !== undefined) return { range: { start: before.end, end: item.end }, newText: '' };
  if (item !== undefined && after !== undefined) return { range: { start: item.start, end: after.start }, newText: '' };
  return removeInstruction(node);
}

/** Puts a line of its own above an instruction and the comment that belongs to it. */
export function lineAbove({ startLine, docComment }: InstructionNode, text: string): TextEdit {
  const start = { line: docComment[0]?.range.start.line ?? startLine, character: 0 };
  return { range: { start, end: start }, newText: `${text}\n` };
}

/** What lines begin with that go on with `&&`, as some instructions have it: else a tab where they use tabs, or four blanks. */
export function commandIndent(...nodes: readonly InstructionNode[]): string {
  const sources = nodes.map(({ source }) => source);
  const own = sources.map((source) => /\n([ \t]+)&&/.exec(source)?.[1]).find((indent) => indent !== undefined);
  return own ?? (sources.some((source) => /\n\t/.test(source)) ? '\t' : '    ');
}
