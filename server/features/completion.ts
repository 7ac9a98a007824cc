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

/** What may stand at a place. `typed` is the character that made the editor ask; absent where somebody asked for it. */
export async function completions(
  reading: Reading,
  position: Position,
  signal: AbortSignal,
  typed?: string,
): Promise<CompletionItem[]> {
  const line = reading.line(position.line);
  const before = line.slice(0, position.character);
  const place = placeAt(reading, position);
  const heredoc = heredocAt(place?.instruction, position);
  if (heredoc !== undefined && place !== undefined) {
    const isRun = place.instruction.kind === 'RUN';
    const named = isRun ? await packages(reading, position, before) : undefined;
    if (named !== undefined) return named;
    const inShell = heredoc.expand || isRun;
    return [...terminators(heredoc, before, position), ...((inShell && variables({ ...place, before })) || [])];
  }
  if (/^\s*#/.test(before)) return place === undefined ? comments(reading, position, before, typed) : [];
  const next = line.charAt(position.character);
  if (place === undefined || isKeyword(place)) return atLineStart(reading, before, position).map(notTwice(next));
  const items = variables(place) ?? (await ofWord(place));
  return signal.aborted ? [] : items.map(notTwice(next));
}

async function ofWord(place: Place): Promise<CompletionItem[]> {
  const mayBeFlag = !/^\S+\s+(?:--\S+\s+)*[^-\s]\S*\s/.test(place.before);
  if (mayBeFlag && place.word.startsWith('-')) return flags(place);
  const items = await instructionArguments(place);
  return mayBeFlag && place.word === '' ? [...items, ...(await flags(place))] : items;
}

function isKeyword({ before }: Place): boolean {
  return !/\s/.test(before);
}

function atLineStart(reading: Reading, before: string, position: Position): CompletionItem[] {
  const word = /\S*$/.exec(before)?.[0] ?? '';
  if (!/^[\w-]*$/.test(word) || before.trim() !== word) return [];
  const isInStage = reading.stageAt(position.line - 1) !== undefined;
  return [
    ...keywords(word, position, reading).filter(({ label }) => isInStage || /^(?:ARG|FROM)$/i.test(label)),
    ...snippets(word, position, isInStage ? 'anywhere' : 'first'),
  ];
}

/** Leaves the last character of an item's text out where it stands behind the place already. */
function notTwice(next: string): (completion: CompletionItem) => CompletionItem {
  return (completion) => {
    const { textEdit, command: _, ...rest } = completion;
    const isThere = next !== '' && /[ =/]$/.test(textEdit?.newText ?? '') && textEdit?.newText.endsWith(next);
    return textEdit !== undefined && isThere
      ? { ...rest, textEdit: { ...textEdit, newText: textEdit.newText.slice(0, -1) } }
      : completion;
  };
}
