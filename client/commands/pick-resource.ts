import * as vscode from 'vscode';
import { givenRows } from './pick.ts';

/** What a command is for: the rows selected, or, from the palette, one or more chosen from a list. Empty where none was. */
export async function pickRows<T extends { readonly kind: string }>(
  given: readonly unknown[],
  kind: T['kind'],
  offered: () => Promise<readonly (vscode.QuickPickItem & { readonly node: T })[]>,
  title: string,
): Promise<readonly T[]> {
  const selected = givenRows(given).filter(
    (row): row is T => typeof row === 'object' && row !== null && 'kind' in row && row.kind === kind,
  );
  if (selected.length > 0) return selected;
  const items = await offered();
  if (items.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0}: there is nothing this applies to.', title));
    return [];
  }
  const picked = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  return picked === undefined ? [] : [picked.node];
}
