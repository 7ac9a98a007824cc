/** Random choices that a seed decides, so that a run that failed can be made again. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  below(limit: number): number;
  /** One of several. */
  of<T>(choices: readonly T[]): T;
}

/** Choices of a seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, of: (choices) => choices[below(choices.length)]! };
}
