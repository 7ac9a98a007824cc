import type { OutputName } from './frames.ts';

/** Somebody who follows what a process writes. */
export interface OutputSink {
  /** Takes a chunk, or is not interested in it; a promise is that of taking more. */
  write(name: OutputName, chunk: Buffer): 'taken' | 'unwanted' | Promise<void>;
  /** No more output comes. */
  end(): void;
}

/** Hands what a process writes to everybody attached; where nobody is, the process's keeper need not send it. */
export class OutputHub {
  readonly #sinks = new Set<OutputSink>();
  #listen: ((whether: 'on' | 'off') => void) | undefined;
  #hurry = new AbortController();

  /** Whether somebody is attached. */
  get listens(): 'on' | 'off' {
    return this.#sinks.size > 0 ? 'on' : 'off';
  }

  /** Leads to a process that runs; `now` is whether its output comes already. */
  connect(listen: ((whether: 'on' | 'off') => void) | undefined, now: 'on' | 'off'): void {
    this.#listen = listen;
    this.#hurry = new AbortController();
    if (this.listens !== now) listen?.(this.listens);
  }

  add(sink: OutputSink): Disposable {
    this.#sinks.add(sink);
    if (this.#sinks.size === 1) this.#listen?.('on');
    return {
      [Symbol.dispose]: () => {
        if (this.#sinks.delete(sink) && this.#sinks.size === 0) this.#listen?.('off');
      },
    };
  }

  /** Waits where everybody attached is slow, as a terminal would: for the first that is not any more. */
  async write(name: OutputName, chunk: Buffer): Promise<void> {
    const outcomes = [...this.#sinks].map((sink) => sink.write(name, chunk));
    const slow = outcomes.filter((outcome) => typeof outcome === 'object');
    if (slow.length === 0 || outcomes.includes('taken') || this.#hurry.signal.aborted) return;
    await firstOf(slow, this.#hurry.signal);
  }

  /** The process has ended: what is left of its output waits for nobody, and nobody for who is slow. */
  hurry(): void {
    this.#hurry.abort();
  }

  /** Ends everybody's output; the hub serves the next run. */
  end(): void {
    this.#listen = undefined;
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    for (const sink of sinks) sink.end();
  }
}

function firstOf(waits: readonly Promise<void>[], hurry: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      hurry.removeEventListener('abort', done);
      resolve();
    };
    hurry.addEventListener('abort', done, { once: true });
    for (const wait of waits) wait.then(done, reject);
  });
}
