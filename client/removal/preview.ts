import * as vscode from 'vscode';
import { formatSize } from '../../core/image/size.ts';
import type { FreedBytes } from './freed-bytes.ts';

/** One thing that may go. */
export interface Candidate {
  readonly label: string;
  readonly description: string;
  /** Headline of the group that it is in; candidates of a group follow each other. */
  readonly group: string;
  /** Whether it goes unless the user says otherwise. */
  readonly goes: boolean;
}

/**
 * Shows exactly what a prune takes, each with a check mark to keep it, and how many bytes that frees. Gives what is to
 * go; undefined where the user changed their mind.
 */
export async function choosePruned<T extends Candidate>(
  title: string,
  candidates: readonly T[],
  freed: (chosen: readonly T[]) => FreedBytes | undefined,
): Promise<readonly T[] | undefined> {
  const pick = vscode.window.createQuickPick<vscode.QuickPickItem & { candidate?: T }>();
  const say = (chosen: readonly T[]) => {
    pick.title = headline(title, chosen.length, candidates.length, freed(chosen));
  };
  try {
    pick.canSelectMany = true;
    pick.matchOnDescription = true;
    pick.ignoreFocusOut = true;
    pick.placeholder = vscode.l10n.t('Check what shall go for good, then press Enter');
    pick.items = candidates.flatMap((candidate, index) => {
      const { label, description, group } = candidate;
      const begins = candidates[index - 1]?.group !== group;
      const separator = { label: group, kind: vscode.QuickPickItemKind.Separator };
      return [...(begins ? [separator] : []), { label, description, candidate }];
    });
    pick.selectedItems = pick.items.filter(({ candidate }) => candidate?.goes === true);
    say(candidates.filter(({ goes }) => goes));
    return await new Promise((resolve) => {
      pick.onDidChangeSelection((items) => say(chosenOf(items)));
      pick.onDidAccept(() => resolve(chosenOf(pick.selectedItems)));
      pick.onDidHide(() => resolve(undefined));
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

function chosenOf<T>(items: readonly { readonly candidate?: T }[]): T[] {
  return items.map(({ candidate }) => candidate).filter((candidate) => candidate !== undefined);
}

function headline(title: string, chosen: number, all: number, freed: FreedBytes | undefined): string {
  const count = vscode.l10n.t('{0}: {1} of {2}', title, chosen, all);
  return freed === undefined ? count : `${count}, ${freedText(freed)}`;
}

/** `frees 12MB`, `frees at least 12MB`. */
export function freedText({ bytes, atLeast }: FreedBytes): string {
  return atLeast
    ? vscode.l10n.t('frees at least {0}', formatSize(bytes))
    : vscode.l10n.t('frees {0}', formatSize(bytes));
}

/** Adds up bytes that nothing shares; undefined ones are unknown. */
export function sumOf(bytes: readonly (number | undefined)[]): FreedBytes {
  return { bytes: bytes.reduce<number>((sum, each) => sum + (each ?? 0), 0), atLeast: bytes.includes(undefined) };
}
