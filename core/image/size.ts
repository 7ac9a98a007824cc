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

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Memory as Docker prints it: powers of 1024, four significant digits (`512KiB`, `1.926MiB`). */
export function formatMemory(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${BINARY_UNITS[unit]}`;
}

/** Reads a size as Docker's flags take it (`512m`, `1.5GiB`, `100`): powers of 1024, in bytes; undefined for anything else. */
export function parseMemory(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmgtp]?)(?:i?b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const power = ['', 'k', 'm', 'g', 't', 'p'].indexOf(match[2]!.toLowerCase());
  return Math.floor(Number(match[1]) * 1024 ** power);
}
