import * as vscode from 'vscode';

/** Asks before something is gone for good; `lapstrake.confirmRemoval` off skips the question. */
export async function confirmRemoval(question: string, detail: string): Promise<boolean> {
  if (!vscode.workspace.getConfiguration('lapstrake').get('confirmRemoval', true)) return true;
  const remove = vscode.l10n.t('Remove');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, remove)) === remove;
}
