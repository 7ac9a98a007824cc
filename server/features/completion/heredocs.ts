import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Heredoc, Position } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import { contains } from '../../../core/dockerfile/positions.ts';
import { item } from './item.ts';
import { type Place, rangeBefore } from './place.ts';

/** The heredoc whose lines have a place. */
export function heredocAt(instruction: Instruction | undefined, { line }: Position): Heredoc | undefined {
  return instruction?.node.heredocs.find(
    ({ marker, contentRange, terminator }) =>
      // Where no line follows yet, the content is said to be in the marker's.
      line > marker.end.line &&
      line >= contentRange.start.line &&
      line <= (terminator?.start.line ?? Number.POSITIVE_INFINITY),
  );
}

/** The line that ends a heredoc which nothing ends yet. */
export function terminators(heredoc: Heredoc, before: string, position: Position): CompletionItem[] {
  if (heredoc.terminator !== undefined || !/^\t*\w*$/.test(before)) return [];
  const range = rangeBefore(position, before.trimStart());
  const detail = 'ends the heredoc';
  return [item(heredoc.name, CompletionItemKind.Keyword, heredoc.name, range, { order: 0, detail })];
}

/**
 * Markers that begin a heredoc, with the line that ends it where nothing else follows in theirs. Who writes the name out writes
 * that line, too: by then they match no more.
 */
export function markers({ position, word, instruction, after }: Place): CompletionItem[] {
  const isOther = ({ marker }: Heredoc): boolean => !contains(marker, position);
  if (instruction.node.heredocs.some(isOther) || !/^(?:<.*)?$/.test(word)) return [];
  const quote = /["']$/.exec(word)?.[0];
  const closed = quote !== undefined && after.startsWith(quote) ? 1 : 0;
  const { start, end } = rangeBefore(position, word);
  const range = { start, end: { line: end.line, character: end.character + closed } };
  const isLast = after.slice(closed).trim() === '';
  const name = instruction.kind === 'RUN' ? '' : ' ${2:/path}';
  const entries = [
    ['<<EOF', `<<EOF${name}\n$1\nEOF`, 'variables in it are expanded'],
    ['<<"EOF"', `<<"EOF"${name}\n$1\nEOF`, 'nothing in it is expanded'],
    ['<<-EOF', `<<-EOF${name}\n\t$1\nEOF`, 'leading tabs are not part of it'],
  ] as const;
  return entries.map(([label, body, detail]) =>
    item(label, CompletionItemKind.Snippet, isLast ? body : label, range, {
      order: 600,
      detail: `Heredoc: ${detail}`,
      filterText: label.replace(/EOF"?$/, ''),
      ...(isLast && { snippet: true }),
    }),
  );
}
