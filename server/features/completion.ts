import type { CompletionItem } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import type { Reading } from '../reading.ts';
import { instructionArguments } from './completion/arguments.ts';
import { comments } from './completion/comments.ts';
import { flags } from './completion/flags.ts';
import { heredocAt, terminators } from './completion/heredocs.ts';
import { keywords, snippets } from './completion/keywords.ts';
import { packages } from './completion/packages.ts';
import { type Place, placeAt } from './completion/place.ts';
import { variables } from './completion/variables.ts';

/** Characters behind which the editor asks by itself. */
export const TRIGGERS = ['-', '=', ',', '$', '{', '/', ' ', ':', '@', '#', '<', '['] as const;

/** What may stand at a place. */
export async function completions(
  reading: Reading,
  position: Position,
  signal: AbortSignal,
): Promise<CompletionItem[]> {
  const before = reading.line(position.line).slice(0, position.character);
  const place = placeAt(reading, position);
  const heredoc = heredocAt(place?.instruction, position);
  if (heredoc !== undefined && place !== undefined) {
    const isRun = place.instruction.kind === 'RUN';
    const named = isRun ? await packages(reading, position, before) : undefined;
    if (named !== undefined) return named;
    const inShell = heredoc.expand || isRun;
    return [...terminators(heredoc, before, position), ...((inShell && variables({ ...place, before })) || [])];
  }
  if (/^\s*#/.test(before)) return comments(reading, position, before);
  if (place === undefined || isKeyword(place)) return atLineStart(before, position);
  const items = variables(place) ?? (await ofWord(place));
  return signal.aborted ? [] : items;
}

function ofWord(place: Place): Promise<CompletionItem[]> {
  const isFlag = place.word.startsWith('-') && !/^\S+\s+(?:--\S+\s+)*[^-\s]\S*\s/.test(place.before);
  return isFlag ? flags(place) : instructionArguments(place);
}

function isKeyword({ before }: Place): boolean {
  return !/\s/.test(before);
}

function atLineStart(before: string, position: Position): CompletionItem[] {
  const word = /\S*$/.exec(before)?.[0] ?? '';
  return /^[\w-]*$/.test(word) && before.trim() === word
    ? [...keywords(word, position), ...snippets(word, position)]
    : [];
}
