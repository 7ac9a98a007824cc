import { once } from 'node:events';
import type { Writable } from 'node:stream';

/**
 * The way to a container's standard input. Clients attach before the process starts: what they send waits for it.
 * An input that has been closed stays closed until the next run.
 */
export class InputGate {
  #target: Writable | undefined;
  #opened: Promise<void>;
  #open!: () => void;
  #ended = false;

  constructor() {
    this.#opened = this.#renew();
  }

  /** Leads to a process that has started. */
  connect(target: Writable | undefined): void {
    this.#target = target;
    // EPIPE: the process has closed its input or ended; whoever waits for it learns that otherwise.
    target?.on('error', () => target.destroy());
    if (this.#ended) target?.end();
    this.#open();
  }

  /** The process has ended. */
  disconnect(): void {
    this.#target?.destroy();
    this.#target = undefined;
    this.#ended = false;
    this.#open();
    this.#opened = this.#renew();
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#opened;
    const target = this.#target;
    if (target === undefined || target.destroyed || target.writableEnded) return;
    if (!target.write(chunk)) await Promise.race([once(target, 'drain'), once(target, 'close')]).catch(() => undefined);
  }

  end(): void {
    this.#ended = true;
    this.#target?.end();
  }

  #renew(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve;
    });
  }
}
