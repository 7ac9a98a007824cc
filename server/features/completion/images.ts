import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';
import { formatSize } from '../../../core/image/size.ts';
import { item } from './item.ts';
import type { Place } from './place.ts';

/**
 * Images that the engine has, with their tags; behind `@` their digests. Nothing is asked of a registry: what the engine
 * has not pulled is not known.
 */
export async function images({ reading, word }: Place, range: Range): Promise<CompletionItem[]> {
  const known = await reading.engine.imageNames();
  const at = word.indexOf('@');
  if (at !== -1) {
    const name = word.slice(0, at);
    return known
      .filter(({ reference }) => reference === name || reference.startsWith(`${name}:`))
      .flatMap(({ digest, reference }) =>
        digest === undefined
          ? []
          : item(`${name}@${digest}`, CompletionItemKind.Constant, `${name}@${digest}`, range, { detail: reference }),
      );
  }
  return known.map(({ reference, size, created }) =>
    item(reference, CompletionItemKind.Reference, reference, range, {
      order: 500,
      detail: [formatSize(size), ...(created === '' ? [] : [created.slice(0, 10)])].join(' · '),
      data: { about: 'image', uri: reading.uri, reference },
    }),
  );
}
