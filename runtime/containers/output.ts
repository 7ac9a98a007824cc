import type { OutputName } from './frames.ts';

/** Somebody who follows what a process writes. */
export interface OutputSink {
  /** Takes a chunk; where it gives a promise, the process waits for it. */
  write(name: OutputName, chunk: Buffer): Promise<void> | undefined;
  /** No more output comes. */
  end(): void;
}

/** Hands what a process writes to everybody attached. */
export class OutputHub {
  readonly #sinks = new Set<OutputSink>();

  add(sink: OutputSink): Disposable {
    this.#sinks.add(sink);
    return { [Symbol.dispose]: () => void this.#sinks.delete(sink) };
  }

  /** Waits where somebody attached is slow: as a terminal would. */
  async write(name: OutputName, chunk: Buffer): Promise<void> {
    const waits = [...this.#sinks].flatMap((sink) => sink.write(name, chunk) ?? []);
    if (waits.length > 0) await Promise.all(waits);
  }

  /** Ends everybody's output; the hub serves the next run. */
  end(): void {
    const sinks = [...this.#sinks];
    this.#sinks.clear();
    for (const sink of sinks) sink.end();
  }
}
