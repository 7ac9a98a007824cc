import * as vscode from 'vscode';
import { type ViewId, whileShown } from '../commands/progress.ts';
import { apiMessage, statusCode } from '../errors.ts';

/** What became of things that were to be removed. */
export interface Removal<T> {
  readonly removed: readonly T[];
  readonly failed: readonly { readonly item: T; readonly error: unknown }[];
}

/**
 * Removes one after the other, with progress and a way to stop; what is gone already counts as removed. What cannot be
 * removed keeps none of the others.
 */
export async function removeEach<T extends { readonly label: string }>(
  title: string,
  viewId: ViewId,
  items: readonly T[],
  remove: (item: T) => Promise<unknown>,
): Promise<Removal<T>> {
  const removed: T[] = [];
  const failed: { item: T; error: unknown }[] = [];
  await whileShown(title, viewId, async (report, signal) => {
    for (const [index, item] of items.entries()) {
      if (signal.aborted) return;
      report(item.label, index / items.length);
      try {
        await remove(item);
        removed.push(item);
      } catch (error) {
        if (statusCode(error) === 404) removed.push(item);
        else failed.push({ item, error });
      }
    }
  });
  return { removed, failed };
}

/** Says how a prune ended: `Removed 3 images: frees 12MB.`, and what stayed, with the engine's reason. */
export function announceRemoval<T extends { readonly label: string }>(
  { removed, failed }: Removal<T>,
  what: string,
  freed?: string,
): void {
  const [first] = failed;
  if (first !== undefined) {
    const others = failed.length > 1 ? vscode.l10n.t(' and {0} others', failed.length - 1) : '';
    const message = vscode.l10n.t(
      '“{0}”{1} could not be removed: {2}',
      first.item.label,
      others,
      apiMessage(first.error),
    );
    void vscode.window.showWarningMessage(message);
  }
  if (removed.length === 0) return;
  const message =
    freed === undefined ? vscode.l10n.t('Removed {0}.', what) : vscode.l10n.t('Removed {0}: {1}.', what, freed);
  void vscode.window.showInformationMessage(message);
}
