import { ErrorCodes, type Range, ResponseError, type WorkspaceEdit } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { referredStage, stageReferences } from '../../core/dockerfile/stages.ts';
import { type DockerSymbol, type Occurrence, symbolAt } from '../../core/dockerfile/symbols.ts';
import { PREDEFINED } from '../knowledge/values.ts';
import type { Reading } from '../reading.ts';

const NAMES = {
  stage: /^[a-z][a-z0-9\-_.]*$/i,
  variable: /^[A-Za-z_]\w*$/,
  heredoc: /^[\w.-]+$/,
} as const satisfies Record<DockerSymbol['kind'], RegExp>;

/** The name that a rename would replace. Error: nothing there can be renamed. */
export function prepareRename(reading: Reading, position: Position): { range: Range; placeholder: string } {
  const { symbol, occurrence } = renamable(reading, position);
  return { range: occurrence.range, placeholder: reading.textIn(occurrence.range) || symbol.name };
}

/** Gives a stage, variable or heredoc another name, in every place that means it. Error: the name cannot be one. */
export function rename(reading: Reading, position: Position, newName: string): WorkspaceEdit {
  const { symbol } = renamable(reading, position);
  if (!NAMES[symbol.kind].test(newName)) {
    throw failed(`“${newName}” cannot be the name of a ${symbol.kind}.`);
  }
  if (symbol.kind === 'stage' && /^\d+$/.test(newName)) throw failed('A number is not a name: it counts the stages.');
  if (symbol.kind === 'stage' && isImage(reading, newName)) {
    throw failed(`“${newName}” is an image here: the stage would take its place.`);
  }
  const clash = reading.symbols.find((other) => other !== symbol && isSame(reading, other, symbol, newName));
  if (clash !== undefined && symbol.kind !== 'heredoc') {
    throw failed(`“${newName}” is already the name of another ${symbol.kind}.`);
  }
  if (symbol.kind === 'heredoc' && endsEarlier(reading, symbol, newName)) {
    throw failed(`“${newName}” is a line of the heredoc: it would end there.`);
  }
  const edits = symbol.occurrences.filter(isNamed).map(({ range }) => ({ range, newText: newName }));
  return { documentChanges: [{ textDocument: { uri: reading.uri, version: reading.version }, edits }] };
}

function renamable(reading: Reading, position: Position) {
  const found = symbolAt(reading.symbols, position);
  if (found === undefined) throw failed('Only stages, variables and heredocs can be renamed.');
  const { symbol, occurrence } = found;
  if (!isNamed(occurrence)) throw failed('The stage is meant by its number here: rename it where it has a name.');
  const { name, kind } = symbol;
  if (symbol.occurrences.every(({ role }) => role === 'reference')) {
    throw failed(`${name} is set by the base image or the builder, not in this file.`);
  }
  if (kind === 'variable' && isSetOutside(reading, symbol)) {
    throw failed(`${name} gets its value from the base image or the builder: under another name it would have none.`);
  }
  return found;
}

/** Whether a variable is one that the builder sets, or is first set from its own value: `ENV PATH=$PATH:/x`. */
function isSetOutside(reading: Reading, symbol: DockerSymbol): boolean {
  const { name, occurrences } = symbol;
  const definitions = occurrences.filter(({ role }) => role === 'definition');
  if (definitions.length === 0) {
    const [first, second] = occurrences;
    if (first?.role === 'reference') return true;
    if (first === undefined || second?.role !== 'reference') return false;
    return /^\+?=[^\s;&|]*$/.test(reading.textIn({ start: first.range.end, end: second.range.start }));
  }
  const takesOwn = occurrences.some(
    ({ role, setAt, instruction }) =>
      role === 'reference' && setAt === undefined && definitions.some((each) => each.instruction === instruction),
  );
  const isPredefined = PREDEFINED.some((each) => each.name === name);
  return takesOwn || (isPredefined && definitions.some(({ instruction }) => instruction.kind === 'ARG'));
}

function isNamed({ byIndex, range }: Occurrence): boolean {
  return byIndex === undefined && range.start.line === range.end.line;
}

/** Whether FROM, COPY or a mount names an image so. */
function isImage({ dockerfile: { stages } }: Reading, name: string): boolean {
  return stages.some((stage) =>
    stageReferences(stage).some(
      (each) =>
        each.token.text.toLowerCase() === name.toLowerCase() && referredStage(stages, stage, each) === undefined,
    ),
  );
}

/** Whether a line of a heredoc is what is to end it. */
function endsEarlier(reading: Reading, { occurrences }: DockerSymbol, newName: string): boolean {
  const [first = 0, last = 0] = occurrences.map(({ range }) => range.start.line);
  for (let line = first + 1; line < last; line++) {
    if (reading.line(line).replace(/^\t+/, '') === newName) return true;
  }
  return false;
}

/** Variables of different stages may have the same name. */
function isSame(reading: Reading, other: DockerSymbol, symbol: DockerSymbol, newName: string): boolean {
  if (other.kind !== symbol.kind) return false;
  if (symbol.kind === 'stage') return other.name.toLowerCase() === newName.toLowerCase();
  if (other.name !== newName) return false;
  // What a shell has for itself holds within its instruction.
  const isShells = [symbol, other].some(({ occurrences }) => occurrences.every(({ role }) => role !== 'definition'));
  const placeOf = (each: Occurrence) => (isShells ? each.instruction : stageOf(reading, each));
  const own = new Set(symbol.occurrences.map(placeOf));
  return other.occurrences.some((each) => own.has(placeOf(each)));
}

/** By number; -1 for what is above the first FROM, which is all that FROM knows. */
function stageOf(reading: Reading, { instruction, range }: Occurrence): number {
  return instruction.kind === 'FROM' ? -1 : (reading.stageAt(range.start.line)?.index ?? -1);
}

function failed(message: string): ResponseError<void> {
  return new ResponseError(ErrorCodes.InvalidRequest, message);
}
