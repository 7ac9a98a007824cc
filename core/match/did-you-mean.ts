const FARTHEST = 2;

/** Gives the word of `options` that differs from `word` in at most two letters; undefined where it is among them or none is near. */
export function didYouMean(word: string, options: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = FARTHEST + 1;
  for (const option of options) {
    if (option === word) return undefined;
    const distance = editDistance(word, option, least);
    if (distance >= least) continue;
    best = option;
    least = distance;
  }
  return best;
}

/** The same, but before all others the word that has two neighbouring letters in the other order, which BuildKit takes for far. */
export function mostLikelyMeant(word: string, options: readonly string[]): string | undefined {
  return options.find((option) => isSwapped(word, option)) ?? didYouMean(word, options);
}

function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length || a === b) return false;
  let at = 0;
  while (a[at] === b[at]) at++;
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/** Levenshtein distance, or `limit` where it is that or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(row[b.length] ?? limit, limit);
}
