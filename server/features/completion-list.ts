import {
  type ClientCapabilities,
  type CompletionItem,
  CompletionItemKind,
  type CompletionList,
  type Position,
  type Range,
} from 'vscode-languageserver/node';
import { isSamePosition } from '../../core/dockerfile/positions.ts';

/** Packages that a machine knows are those that begin as is written: the editor is to ask anew with every letter. */
export function listOf(items: CompletionItem[]): CompletionList {
  const isPart = ({ data }: CompletionItem): boolean =>
    typeof data === 'object' && data !== null && 'about' in data && data.about === 'package';
  return { isIncomplete: items.some(isPart), items };
}

/** A list as a client takes it. `rest` is what stands behind the place in its line. */
export function shapedFor(
  client: ClientCapabilities,
  list: CompletionList,
  position: Position,
  rest: string,
): CompletionList {
  const { insertReplaceSupport } = client.textDocument?.completion?.completionItem ?? {};
  const whole = insertReplaceSupport === true ? withRestOfWord(list, position, rest) : list;
  return takesSharedRange(client) ? withSharedRange(whole) : whole;
}

/** The same list; where a place is amid a word, with the range of all of it for who wants that replaced. */
export function withRestOfWord(list: CompletionList, position: Position, rest: string): CompletionList {
  if (!/^[\w.+/:@-]/.test(rest)) return list;
  const items = list.items.map((completion): CompletionItem => {
    const { textEdit } = completion;
    if (!textEdit || !('range' in textEdit) || !isSamePosition(textEdit.range.end, position)) return completion;
    const { newText, range } = textEdit;
    const end = { line: position.line, character: position.character + restOf(completion.kind, newText, rest) };
    return isSamePosition(end, position)
      ? completion
      : { ...completion, textEdit: { newText, insert: range, replace: { start: range.start, end } } };
  });
  return { ...list, items };
}

/** Characters of the word that goes on behind the place, with what ends the new text where that follows. */
function restOf(kind: CompletionItemKind | undefined, newText: string, rest: string): number {
  const isWhole = /[/:@]/.test(newText.slice(0, -1));
  const word = kind === CompletionItemKind.Variable ? /^\w*/ : isWhole ? /^[\w.+/:@-]*/ : /^[\w.+-]*/;
  const length = word.exec(rest)?.[0].length ?? 0;
  const isEndThere = length > 0 && /[ =/]$/.test(newText) && newText.endsWith(rest.charAt(length) || '\n');
  return isEndThere ? length + 1 : length;
}

/** Whether a client takes the range that all items have once for all of them (LSP 3.17, `CompletionList.itemDefaults`). */
function takesSharedRange({ textDocument }: ClientCapabilities): boolean {
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
