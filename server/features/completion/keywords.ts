import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Position } from '../../../core/dockerfile/ast.ts';
import { INSTRUCTION_NAMES } from '../../../core/dockerfile/instructions.ts';
import { keywordDoc } from '../../knowledge/keywords.ts';
import { SNIPPETS } from '../../knowledge/snippets.ts';
import type { Reading } from '../../reading.ts';
import { item } from './item.ts';
import { isSmallHere } from './letter-case.ts';
import { rangeBefore } from './place.ts';

/** Instructions, in the case of the others. */
export function keywords(word: string, position: Position, reading: Reading): CompletionItem[] {
  const isSmall = isSmallHere(reading, position.line, word);
  return INSTRUCTION_NAMES.map((name, index) => {
    const label = isSmall ? name.toLowerCase() : name;
    return item(label, CompletionItemKind.Keyword, `${label} `, rangeBefore(position, word), {
      order: index,
      detail: keywordDoc(name)?.syntax,
      data: { about: 'keyword', name },
    });
  });
}

/** Whole pieces of a Dockerfile, at the start of a line; above the first FROM those that begin with one. */
export function snippets(word: string, position: Position, where: 'anywhere' | 'first'): CompletionItem[] {
  return SNIPPETS.filter(({ body }) => where === 'anywhere' || body.startsWith('FROM')).map(({ name, text, body }) =>
    item(name, CompletionItemKind.Snippet, body, rangeBefore(position, word), {
      order: 100,
      detail: text,
      snippet: true,
      data: { about: 'snippet', name },
    }),
  );
}
