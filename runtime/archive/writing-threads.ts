import type { Worker } from 'node:worker_threads';

/** Milliseconds that a thread waits for work before it ends. */
const PATIENCE = 60_000;
/** Threads that wait at a time. */
const MOST = 2;

/** Threads that have written the files of one archive, kept for the next: starting one takes longer than most layers. */
export class WritingThreads {
  readonly #idle = new Map<Worker, NodeJS.Timeout>();

  /** A thread that waits for work, which is the caller's from now on; undefined where none does. */
  take(): Worker | undefined {
    const [found] = this.#idle;
    if (found === undefined) return undefined;
    const [thread] = found;
    this.#forget(thread);
    thread.ref();
    return thread;
  }

  /** Keeps a thread that has nothing to do, and to which nobody listens. It holds up no end of the process. */
  async keep(thread: Worker): Promise<void> {
    if (this.#idle.size >= MOST) {
      await thread.terminate();
      return;
    }
    thread.unref();
    const timer = setTimeout(() => {
      this.#forget(thread);
      void thread.terminate();
    }, PATIENCE).unref();
    this.#idle.set(thread, timer);
    thread.once('error', this.#ended).once('exit', this.#ended);
  }

  readonly #ended = (): void => {
    for (const thread of this.#idle.keys()) if (thread.threadId === -1) this.#forget(thread);
  };

  #forget(thread: Worker): void {
    clearTimeout(this.#idle.get(thread));
    this.#idle.delete(thread);
    thread.off('error', this.#ended).off('exit', this.#ended);
  }
}
