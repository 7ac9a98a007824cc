import { nextDelay } from './restart-policy.ts';

/** The starts of a container by its restart policy, from when somebody started it until somebody does so again. */
export class Restarts {
  #delay: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #areOff = false;

  /** Somebody ended the container, or sent it a signal: it is not started again before somebody starts it. */
  get areOff(): boolean {
    return this.#areOff;
  }

  /** Somebody starts the container: the delay begins anew. */
  renew(): void {
    this.stop();
    this.#delay = undefined;
    this.#areOff = false;
  }

  /** Ends what is put off, and what would come. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#areOff = true;
  }

  /** Puts the next start off; `ranFor`: milliseconds that the container ran. */
  putOff(ranFor: number, start: () => void): void {
    this.#delay = nextDelay(this.#delay, ranFor);
    this.#timer = setTimeout(start, this.#delay);
  }
}
