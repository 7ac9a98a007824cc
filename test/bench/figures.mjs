// Figures of a series of measurements.

/** The value below which a share of the values lies; the nearest one, none is made up in between. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[Math.floor(half)] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Milliseconds for people: `123 ms`. */
export function ms(value) {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

/** Bytes for people: `123 MiB`. */
export function mib(value) {
  return `${(value / 1024 / 1024).toFixed(0)} MiB`;
}
