import type { BuildEvent } from '../../protocol/build-event.ts';
import type { BuildProgress } from './builder.ts';

/**
 * Puts the events of steps that are done at the same time into the order of the Dockerfile, for those who read one step
 * after the other: what a later step says waits until all before it are done.
 */
export class StepOrder {
  #current = 1;
  readonly #waiting = new Map<number, BuildEvent[]>();

  constructor(private readonly progress: BuildProgress) {}

  readonly add: BuildProgress = (event) => {
    const step = event.kind === 'step' ? event.number : event.step;
    if (step === undefined || step <= this.#current) this.#pass(event);
    else this.#waiting.set(step, [...(this.#waiting.get(step) ?? []), event]);
  };

  /** Gives what still waits: of a build that failed, or that came to its end. */
  flush(): void {
    for (const step of [...this.#waiting.keys()].sort((a, b) => a - b)) this.#release(step);
  }

  #pass(event: BuildEvent): void {
    this.progress(event);
    if (event.kind !== 'done' || event.step !== this.#current) return;
    this.#current++;
    this.#release(this.#current);
  }

  #release(step: number): void {
    const events = this.#waiting.get(step) ?? [];
    this.#waiting.delete(step);
    for (const event of events) this.#pass(event);
  }
}
