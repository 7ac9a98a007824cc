import type { ClientCapabilities, CompletionItem, CompletionList, Range } from 'vscode-languageserver/node';
import { isSamePosition } from '../../core/dockerfile/positions.ts';

/** Packages are cut off where there are many: the editor is to ask anew with every letter. */
export function listOf(items: CompletionItem[]): CompletionList {
  const isPart = ({ data }: CompletionItem): boolean =>
    typeof data === 'object' && data !== null && 'about' in data && data.about === 'package';
  return { isIncomplete: items.some(isPart), items };
}

/** Whether a client takes the range that all items have once for all of them (LSP 3.17, `CompletionList.itemDefaults`). */
export function takesSharedRange({ textDocument }: ClientCapabilities): boolean {
  return textDocument?.completion?.completionList?.itemDefaults?.includes('editRange') === true;
}

/** The same list, with the range of its items said once where all have the same: a third shorter. */
export function withSharedRange(list: CompletionList): CompletionList {
  const ranges = list.items.map(({ textEdit }) => (textEdit && 'range' in textEdit ? textEdit.range : undefined));
  const [editRange] = ranges;
  if (editRange === undefined || !ranges.every((range) => range && isSameRange(range, editRange))) return list;
  const items = list.items.map(({ textEdit, ...item }) => ({ ...item, textEditText: textEdit?.newText ?? item.label }));
  return { ...list, itemDefaults: { editRange }, items };
}

function isSameRange(a: Range, b: Range): boolean {
  return isSamePosition(a.start, b.start) && isSamePosition(a.end, b.end);
}
