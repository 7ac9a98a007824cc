import type { Position, Range, Token } from '../../core/dockerfile/ast.ts';
import { referencesIn } from '../../core/dockerfile/expand.ts';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import { rangeIn } from '../../core/dockerfile/joined-line.ts';
import { referredStage, type Stage, stageReferences } from '../../core/dockerfile/stages.ts';
import type { Reading } from '../reading.ts';

/** A variable that a word refers to. */
export interface VariableAt {
  readonly name: string;
  readonly range: Range;
}

/** The variable that is referred to at a place. */
export function variableAt({ dockerfile }: Reading, instruction: Instruction, at: Position): VariableAt | undefined {
  const options = { escape: dockerfile.syntax.escape };
  for (const token of wordsOf(instruction)) {
    if (!contains(token.range, at)) continue;
    for (const { name, start, end } of referencesIn(token.text, options)) {
      const range = rangeIn(token, start, end);
      if (contains(range, at)) return { name, range };
    }
  }
  return undefined;
}

/** The stage that is referred to at a place, and the word that does. */
export function stageAt(
  { dockerfile: { stages } }: Reading,
  at: Position,
): { readonly stage: Stage; readonly token: Token } | undefined {
  for (const stage of stages) {
    for (const reference of stageReferences(stage)) {
      if (!contains(reference.token.range, at)) continue;
      const found = referredStage(stages, stage, reference);
      if (found !== undefined) return { stage: found, token: reference.token };
    }
  }
  return undefined;
}

/** Whether a place is in a range, its end included. */
export function contains({ start, end }: Range, { line, character }: Position): boolean {
  const isAfterStart = line > start.line || (line === start.line && character >= start.character);
  return isAfterStart && (line < end.line || (line === end.line && character <= end.character));
}

function wordsOf({ node }: Instruction): Token[] {
  return [...node.flags.flatMap(({ value }) => value ?? []), ...node.args, ...(node.trigger?.args ?? [])];
}
