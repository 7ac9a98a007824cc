/** The index of the last of those, from the first on, for which something holds. */
export function lastUpTo<T>(values: readonly T[], holds: (value: T) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
