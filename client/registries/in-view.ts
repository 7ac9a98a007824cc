import { whileShown } from '../commands/progress.ts';

/** Runs what asks a registry, with progress in its view and a notification that cancels. */
export function cancellableInView<T>(title: string, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return whileShown(title, 'lapstrake.registries', (_, signal) => task(signal));
}
