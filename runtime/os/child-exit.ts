/** How a process ended: 0–255, or 128 + n where signal n ended it. */
export interface ChildExit {
  readonly exitCode: number;
  readonly signal: number | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /**
   * Whether the kernel has killed a process of its control group for lack of memory; undefined where nobody looked. `likely`:
   * it was killed while the kernel did that to something near it, and its group is gone.
   */
  readonly oomKilled?: boolean | 'likely';
}

/** Reads a raw wait status (wait(2)). */
export function childExit(status: number, at: number): ChildExit {
  const signal = status & 0x7f;
  return signal === 0
    ? { exitCode: (status >> 8) & 0xff, signal: undefined, at }
    : { exitCode: 128 + signal, signal, at };
}
