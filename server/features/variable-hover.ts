import type { Hover } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { expandWord } from '../../core/dockerfile/expand.ts';
import type { Instruction } from '../../core/dockerfile/instructions.ts';
import { contains } from '../../core/dockerfile/positions.ts';
import { symbolAt, variableReferences } from '../../core/dockerfile/symbols.ts';
import type { Variable } from '../../core/dockerfile/variables.ts';
import { MODIFIERS, PREDEFINED } from '../knowledge/values.ts';
import type { Reading } from '../reading.ts';
import { fence, markdown } from './markdown.ts';

/** What a variable is at a place that uses it, or what an instruction sets it to. */
export function variableHover(reading: Reading, instruction: Instruction, position: Position): Hover | undefined {
  const references = variableReferences(instruction, reading.dockerfile.syntax.escape);
  // The innermost: `${A:-$B}` has two.
  const found = references.findLast(({ whole }) => contains(whole, position));
  const definition = found === undefined ? symbolAt(reading.symbols, position) : undefined;
  const isDefinition = definition?.symbol.kind === 'variable' && definition.occurrence.role === 'definition';
  if (found === undefined && !isDefinition) return undefined;
  const name = found?.name ?? definition?.symbol.name ?? '';
  const range = found?.whole ?? definition?.occurrence.range;
  if (range === undefined) return undefined;
  const table = reading.variables.before(instruction);
  const variable = table.get(name);
  const beyond = variable === undefined ? reading.variables.globals().get(name) : undefined;
  const mayBeOfShell = found !== undefined && variable === undefined && isShell(instruction);
  const isSetHere = found !== undefined && isSetIn(instruction, found.range.start, reading);
  if (mayBeOfShell && (beyond === undefined || isSetHere)) return undefined;
  const modifier = MODIFIERS.find((each) => each.name === found?.modifier);
  const predefined = PREDEFINED.find((each) => each.name === name);
  const written = found && reading.textIn(found.whole);
  const isSettled = variable
    ? variable.value !== undefined || variable.origin !== 'image'
    : !unknownBase(instruction, reading);
  const result = written && modifier && isSettled ? expanded(written, table, reading) : undefined;
  return markdown(
    [
      isDefinition ? settingText(name, instruction, reading) : valueText(name, variable, reading, instruction),
      ...(modifier === undefined ? [] : [`\`${modifier.name}\` ${modifier.text}`]),
      ...(result === undefined ? [] : [result === '' ? 'Here: nothing' : `Here: \`${result}\``]),
      ...(predefined === undefined ? [] : [predefined.text]),
      ...(beyond === undefined || isDefinition ? [] : [undeclaredText(beyond)]),
      ...(variable === undefined || isDefinition ? [] : [originText(variable)]),
      ...(isSetHere ? ['This script gives it values of its own, too.'] : []),
    ].join('\n\n'),
    range,
  );
}

function expanded(
  written: string,
  table: ReadonlyMap<string, { readonly value?: string }>,
  { dockerfile }: Reading,
): string | undefined {
  const lookUp = (name: string) => table.get(name)?.value;
  const { value, problem } = expandWord(written, lookUp, { escape: dockerfile.syntax.escape });
  return problem === undefined ? value : undefined;
}

/** What a variable is where it is used. */
function valueText(name: string, variable: Variable | undefined, reading: Reading, instruction: Instruction): string {
  if (variable?.value !== undefined) return fence(`${name}=${variable.value}`);
  if (variable !== undefined) return unknownText(name, variable.origin);
  const image = unknownBase(instruction, reading);
  return image === undefined
    ? `\`${name}\` has no value here`
    : `\`${name}\` is not set in this Dockerfile; whether \`${image}\` sets it is not known`;
}

/** The base image of an instruction's stage, where it is not known what that sets. */
function unknownBase({ kind, node }: Instruction, reading: Reading): string | undefined {
  const stage = kind === 'FROM' ? undefined : reading.stageAt(node.startLine);
  const image = stage && reading.variables.imageOf(stage);
  return image === 'scratch' || (image && reading.engine.knownImage(image)) ? undefined : image;
}

function unknownText(name: string, origin: Variable['origin']): string {
  return `\`${name}\` has the value that ${origin === 'image' ? 'the base image sets' : 'the build gives it'}`;
}

/** What ARG and ENV set: the value after them. */
function settingText(name: string, instruction: Instruction, reading: Reading): string {
  const pairs = instruction.kind === 'ENV' ? instruction.pairs : instruction.kind === 'ARG' ? instruction.args : [];
  const value = pairs.find((pair) => pair.name.text === name)?.value;
  const table = reading.variables.before(instruction);
  if (value !== undefined) return fence(`${name}=${reading.variables.expand(value, table) ?? value.text}`);
  // An ARG without a value takes that of ARG above the first FROM, or the builder's.
  const global = reading.variables.globals().get(name);
  if (global?.value === undefined) return unknownText(name, 'arg');
  return [fence(`${name}=${global.value}`), originText(global)].join('\n\n');
}

/** Why a stage does not have what FROM has. */
function undeclaredText({ name, origin, definition }: Variable): string {
  const where = definition === undefined ? '' : `, line ${definition.start.line + 1},`;
  const who = origin === 'predefined' ? 'What the builder sets' : `ARG above the first FROM${where}`;
  return `${who} reaches a stage only where it declares \`ARG ${name}\`.`;
}

function originText({ origin, definition }: Variable): string {
  const where = definition === undefined ? '' : `, line ${definition.start.line + 1}`;
  switch (origin) {
    case 'image':
      return 'Set by the base image.';
    case 'predefined':
      return 'Set by the builder.';
    case 'env':
      return `Set by ENV${where}.`;
    default:
      return `Default of ARG${where}; \`--build-arg\` sets another.`;
  }
}

function isShell({ kind }: Instruction): boolean {
  return kind === 'RUN' || kind === 'CMD' || kind === 'ENTRYPOINT' || kind === 'HEALTHCHECK' || kind === 'ONBUILD';
}

/** Whether the script of an instruction gives the variable at a place a value itself. */
function isSetIn(instruction: Instruction, place: Position, reading: Reading): boolean {
  const occurrences = symbolAt(reading.symbols, place)?.symbol.occurrences ?? [];
  return occurrences.some((each) => each.role === 'assignment' && each.instruction === instruction);
}
