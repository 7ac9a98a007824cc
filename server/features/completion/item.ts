import { type CompletionItem, type CompletionItemKind, InsertTextFormat } from 'vscode-languageserver/node';
import type { Range } from '../../../core/dockerfile/ast.ts';

/** What an item is about: what `completionItem/resolve` looks its documentation up by. */
export type ItemData =
  | { readonly about: 'keyword'; readonly name: string }
  | { readonly about: 'snippet'; readonly name: string }
  | { readonly about: 'package'; readonly name: string }
  | { readonly about: 'image'; readonly uri: string; readonly reference: string };

export interface ItemParts {
  readonly detail?: string | undefined;
  readonly documentation?: string | undefined;
  /** Place among the items: two digits; without it by name. */
  readonly order?: number;
  readonly snippet?: true;
  readonly filterText?: string;
  readonly data?: ItemData;
}

/** An item that replaces a range; where its text asks for more, the editor completes on. */
export function item(
  label: string,
  kind: CompletionItemKind,
  newText: string,
  range: Range,
  parts: ItemParts = {},
): CompletionItem {
  const { detail, documentation, order, snippet, filterText, data } = parts;
  const goesOn = snippet === undefined && /[= /,]$/.test(newText);
  return {
    label,
    kind,
    ...(snippet && { insertTextFormat: InsertTextFormat.Snippet }),
    textEdit: { range, newText },
    ...(goesOn && { command: { title: 'Suggest', command: 'editor.action.triggerSuggest' } }),
    ...(detail !== undefined && { detail }),
    ...(documentation !== undefined && { documentation: { kind: 'markdown', value: documentation } }),
    ...(order !== undefined && { sortText: String(order).padStart(3, '0') }),
    ...(filterText !== undefined && { filterText }),
    ...(data !== undefined && { data }),
  };
}
