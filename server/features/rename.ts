import { ErrorCodes, type Range, ResponseError, type WorkspaceEdit } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { type DockerSymbol, type Occurrence, symbolAt } from '../../core/dockerfile/symbols.ts';
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
  const clash = reading.symbols.find((other) => other !== symbol && isSame(other, symbol, newName));
  if (clash !== undefined && symbol.kind !== 'heredoc') {
    throw failed(`“${newName}” is already the name of another ${symbol.kind}.`);
  }
  const edits = symbol.occurrences.filter(isNamed).map(({ range }) => ({ range, newText: newName }));
  return { documentChanges: [{ textDocument: { uri: reading.uri, version: reading.version }, edits }] };
}

function renamable(reading: Reading, position: Position) {
  const found = symbolAt(reading.symbols, position);
  if (found === undefined) throw failed('Only stages, variables and heredocs can be renamed.');
  const { symbol, occurrence } = found;
  if (!isNamed(occurrence)) throw failed('The stage is meant by its number here: rename it where it has a name.');
  if (symbol.occurrences.every(({ role }) => role === 'reference')) {
    throw failed(`${symbol.name} is set by the base image or the builder, not in this file.`);
  }
  return found;
}

function isNamed({ byIndex, range }: Occurrence): boolean {
  return byIndex === undefined && range.start.line === range.end.line;
}

/** Variables of different stages may have the same name. */
function isSame(other: DockerSymbol, symbol: DockerSymbol, newName: string): boolean {
  if (other.kind !== symbol.kind) return false;
  if (symbol.kind === 'stage') return other.name.toLowerCase() === newName.toLowerCase();
  const own = new Set(symbol.occurrences.map(({ instruction }) => instruction));
  return other.name === newName && other.occurrences.some(({ instruction }) => own.has(instruction));
}

function failed(message: string): ResponseError<void> {
  return new ResponseError(ErrorCodes.InvalidRequest, message);
}
