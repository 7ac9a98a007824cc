import * as vscode from 'vscode';

/** The views that can show that something is under way. */
export type ViewId =
  | 'lapstrake.containers'
  | 'lapstrake.images'
  | 'lapstrake.volumes'
  | 'lapstrake.networks'
  | 'lapstrake.registries';

/** What a task says of itself: words, and how much of all is done by now (0–1). */
export type Report = (message: string, done?: number) => void;

/** Shows progress in a view while a task runs. */
export function inView<T>(viewId: ViewId, task: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: { viewId } }, task);
}

/**
 * Runs a long task with progress in its view and in a notification that cancels it. Rejects as the task does; with an
 * AbortError where the user cancelled.
 */
export async function whileShown<T>(
  title: string,
  viewId: ViewId,
  task: (report: Report, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      const listener = token.onCancellationRequested(() => abort.abort());
      let shown = 0;
      const report: Report = (message, done) => {
        const percent = done === undefined ? shown : Math.min(100, Math.max(shown, Math.floor(done * 100)));
        progress.report({ message, increment: percent - shown });
        shown = percent;
      };
      try {
        return await inView(viewId, () => task(report, abort.signal));
      } catch (error) {
        // What the task made of being stopped is no failure.
        if (abort.signal.aborted) throw abort.signal.reason;
        throw error;
      } finally {
        listener.dispose();
      }
    },
  );
}
