/** Docker's zero time: never. */
export const NEVER = '0001-01-01T00:00:00Z';

const origin = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();

/** Nanoseconds since the epoch, never going back. */
export function nanoseconds(): bigint {
  return origin + process.hrtime.bigint();
}

/** RFC 3339 with nanoseconds, as Docker writes times. */
export function timestamp(nanos: bigint = nanoseconds()): string {
  const iso = new Date(Number(nanos / 1_000_000n)).toISOString();
  return `${iso.slice(0, 19)}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`;
}

/**
 * Reads Unix time in seconds or RFC 3339, both with fractions, as milliseconds since the epoch; NaN where it is neither. The
 * same instant gives the same number however it is written, to a quarter of a microsecond.
 */
export function parseTimestamp(text: string): number {
  const [, whole = '', fraction = '', zone = ''] = /^(.*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  const start = /^-?\d+$/.test(whole) && zone === '' ? Number(whole) * 1000 : Date.parse(whole + zone);
  const part = Number(`0.${fraction}`) * 1000;
  return text.startsWith('-') ? start - part : start + part;
}
