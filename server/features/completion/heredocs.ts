import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Heredoc, Position } from '../../../core/dockerfile/ast.ts';
import type { Instruction } from '../../../core/dockerfile/instructions.ts';
import { item } from './item.ts';
import { type Place, rangeBefore } from './place.ts';

/** The heredoc whose lines have a place. */
export function heredocAt(instruction: Instruction | undefined, { line }: Position): Heredoc | undefined {
  return instruction?.node.heredocs.find(
    ({ contentRange, terminator }) =>
      line >= contentRange.start.line && line <= (terminator?.start.line ?? Number.POSITIVE_INFINITY),
  );
}

/** The line that ends a heredoc which nothing ends yet. */
export function terminators(heredoc: Heredoc, before: string, position: Position): CompletionItem[] {
  if (heredoc.terminator !== undefined || !/^\t*\w*$/.test(before)) return [];
  const range = rangeBefore(position, before.trimStart());
  const detail = 'ends the heredoc';
  return [item(heredoc.name, CompletionItemKind.Keyword, heredoc.name, range, { order: 0, detail })];
}

/** Markers that begin a heredoc, with the line that ends it. */
export function markers({ position, word, instruction }: Place): CompletionItem[] {
  if (instruction.node.heredocs.length > 0 || !/^(?:<.*)?$/.test(word)) return [];
  const range = rangeBefore(position, word);
  const name = instruction.kind === 'RUN' ? '' : ' ${2:/path}';
  const entries = [
    ['<<EOF', `<<EOF${name}\n$1\nEOF`, 'variables in it are expanded'],
    ['<<"EOF"', `<<"EOF"${name}\n$1\nEOF`, 'nothing in it is expanded'],
    ['<<-EOF', `<<-EOF${name}\n\t$1\nEOF`, 'leading tabs are not part of it'],
  ] as const;
  return entries.map(([label, body, detail]) =>
    item(label, CompletionItemKind.Snippet, body, range, { order: 800, detail: `Heredoc: ${detail}`, snippet: true }),
  );
}
