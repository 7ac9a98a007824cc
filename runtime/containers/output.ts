import type { OutputName } from './frames.ts';

/** Somebody who follows what a process writes. */
export interface OutputSink {
  /** Takes a chunk; where it gives a promise, the process waits for it. */
  write(name: OutputName, chunk: Buffer): Promise<void> | undefined;
  /** No more output comes. */
  end(): void;
}

/** Hands what a process writes to everybody attached; where nobody is, the process's keeper need not send it. */
export class OutputHub {
  readonly #sinks = new Set<OutputSink>();
  #listen: ((whether: 'on' | 'off') => void) | undefined;

  /** Whether somebody is attached. */
  get listens(): 'on' | 'off' {
    return this.#sinks.size > 0 ? 'on' : 'off';
  }

  /** Leads to a process that runs; `now` is whether its output comes already. */
  connect(listen: ((whether: 'on' | 'off') => void) | undefined, now: 'on' | 'off'): void {
    this.#listen = listen;
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

  /** Waits where somebody attached is slow: as a terminal would. */
  async write(name: OutputName, chunk: Buffer): Promise<void> {
    const waits = [...this.#sinks].flatMap((sink) => sink.write(name, chunk) ?? []);
    if (waits.length > 0) await Promise.all(waits);
  }

  /** Ends everybody's output; the hub serves the next run. */
  end(): void {
    this.#listen = undefined;
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    for (const sink of sinks) sink.end();
  }
}
