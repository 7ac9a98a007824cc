const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes as Docker prints them: powers of 1000, three significant digits (`0B`, `3.22kB`, `162MB`). */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = Number(value.toPrecision(3));
  return digits >= 1000 && unit < UNITS.length - 1 ? `${digits / 1000}${UNITS[unit + 1]}` : `${digits}${UNITS[unit]}`;
}
