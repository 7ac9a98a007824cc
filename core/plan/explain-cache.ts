import type { KeyInput } from './cache-key.ts';

/** Why a step is not taken from the cache: the first input that differs from the last build's. */
export type CacheDifference =
  | { readonly change: 'changed'; readonly input: KeyInput; readonly before: string }
  | { readonly change: 'added'; readonly input: KeyInput }
  | { readonly change: 'removed'; readonly input: KeyInput };

/**
 * Compares what went into a step's key at its last build with what goes into it now; undefined where nothing differs.
 * Inputs are told in the order of the key, but a changed parent last: it says least.
 */
export function explainCache(before: readonly KeyInput[], now: readonly KeyInput[]): CacheDifference | undefined {
  const old = new Map(before.map((input) => [nameOf(input), input]));
  const current = new Set(now.map(nameOf));
  const differences: CacheDifference[] = [];
  for (const input of now) {
    const was = old.get(nameOf(input));
    if (was === undefined) differences.push({ change: 'added', input });
    else if (was.value !== input.value) differences.push({ change: 'changed', input, before: was.value });
  }
  for (const input of before) if (!current.has(nameOf(input))) differences.push({ change: 'removed', input });
  return differences.find(({ input }) => input.kind !== 'parent') ?? differences[0];
}

function nameOf({ kind, name }: KeyInput): string {
  return `${kind}\0${name}`;
}
