import type { Location } from 'vscode-languageserver/node';
import type { Position, Token } from '../../core/dockerfile/ast.ts';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import type { Reading } from '../reading.ts';
import { stageAt, variableAt } from './word-at.ts';

/** Where a stage is named, or a variable last set before the place. */
export function definition(reading: Reading, position: Position): Location | undefined {
  const { uri, dockerfile } = reading;
  const stage = stageAt(reading, position)?.stage;
  if (stage !== undefined) return { uri, range: (stage.from.stage ?? stage.from.node.keyword).range };
  const instruction = reading.instructionAt(position.line);
  const variable = instruction && variableAt(reading, instruction, position);
  if (variable === undefined) return undefined;
  const own = reading.stageAt(position.line);
  const before = [...dockerfile.globalArgs, ...(own?.instructions ?? [])].filter(
    ({ node }) => node.startLine < position.line,
  );
  const setting = before.flatMap(namesOf).findLast(({ text }) => text === variable.name);
  return setting && { uri, range: setting.range };
}

function namesOf(instruction: Instruction): Token[] {
  if (instruction.kind === 'ARG') return instruction.args.map(({ name }) => name);
  return instruction.kind === 'ENV' ? instruction.pairs.map(({ name }) => name) : [];
}
