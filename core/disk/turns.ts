import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work after which others get a turn. */
const LONGEST_TURN = 4;

/**
 * Shares the process with its other work while files are looked at by synchronous calls, which take a tenth of what a
 * round through the thread pool does: `await turns.next()` wherever `turns.isOver`.
 */
export class Turns {
  private began = performance.now();

  constructor(private readonly signal: AbortSignal | undefined) {}

  get isOver(): boolean {
    return performance.now() - this.began > LONGEST_TURN;
  }

  /** Resolves when everybody else has had a turn. Throws the signal's reason. */
  async next(): Promise<void> {
    await setImmediate();
    this.signal?.throwIfAborted();
    this.began = performance.now();
  }
}
