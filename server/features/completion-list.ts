import type { ClientCapabilities, CompletionItem, CompletionList, Range } from 'vscode-languageserver/node';

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
  if (editRange === undefined || !ranges.every((range) => isSame(range, editRange))) return list;
  const items = list.items.map(({ textEdit, ...item }) => ({ ...item, textEditText: textEdit?.newText ?? item.label }));
  return { ...list, itemDefaults: { editRange }, items };
}

function isSame(a: Range | undefined, b: Range): boolean {
  return (
    a?.start.line === b.start.line &&
    a.start.character === b.start.character &&
    a.end.line === b.end.line &&
    a.end.character === b.end.character
  );
}
