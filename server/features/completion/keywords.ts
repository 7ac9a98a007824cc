import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Position } from '../../../core/dockerfile/ast.ts';
import { INSTRUCTION_NAMES } from '../../../core/dockerfile/instructions.ts';
import { keywordDoc } from '../../knowledge/keywords.ts';
import { SNIPPETS } from '../../knowledge/snippets.ts';
import { item } from './item.ts';
import { rangeBefore } from './place.ts';

/** Instructions, in the case in which the word is begun. */
export function keywords(word: string, position: Position): CompletionItem[] {
  const isLower = word !== '' && word === word.toLowerCase();
  return INSTRUCTION_NAMES.map((name, index) => {
    const label = isLower ? name.toLowerCase() : name;
    return item(label, CompletionItemKind.Keyword, `${label} `, rangeBefore(position, word), {
      order: index,
      detail: keywordDoc(name)?.syntax,
      data: { about: 'keyword', name },
    });
  });
}

/** Whole pieces of a Dockerfile, at the start of a line. */
export function snippets(word: string, position: Position): CompletionItem[] {
  return SNIPPETS.map(({ name, text, body }) =>
    item(name, CompletionItemKind.Snippet, body, rangeBefore(position, word), {
      order: 100,
      detail: text,
      snippet: true,
      data: { about: 'snippet', name },
    }),
  );
}
