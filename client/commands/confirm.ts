import * as vscode from 'vscode';

/** Asks before something is gone for good; `lapstrake.confirmRemoval` off skips the question. */
export async function confirmRemoval(question: string, detail: string): Promise<boolean> {
  if (!vscode.workspace.getConfiguration('lapstrake').get('confirmRemoval', true)) return true;
  return confirm(question, detail, vscode.l10n.t('Remove'));
}

/** Asks before something is gone that others may use; always. */
export function confirmDeletion(question: string, detail: string): Promise<boolean> {
  return confirm(question, detail, vscode.l10n.t('Delete'));
}

async function confirm(question: string, detail: string, button: string): Promise<boolean> {
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button;
}
