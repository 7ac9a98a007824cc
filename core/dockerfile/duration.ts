import { goQuote } from './go-quote.ts';

/** Nanoseconds. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const PART = /^(\d*)(\.\d*)?([^\d.]*)/;

/** Reads a duration as Go writes it (`1m30s`, `1.5h`): nanoseconds, or Go's words for what is wrong. */
export function parseDuration(text: string): number | { readonly problem: string } {
  const invalid = { problem: `time: invalid duration ${goQuote(text)}` };
  const unsigned = text.replace(/^[+-]/, '');
  if (unsigned === '0') return 0;
  if (unsigned === '') return invalid;
  let sum = 0;
  for (let rest = unsigned; rest !== ''; ) {
    const [whole = '', digits = '', fraction = '', unit = ''] = PART.exec(rest) ?? [];
    if (digits === '' && (fraction === '' || fraction === '.')) return invalid;
    if (unit === '') return { problem: `time: missing unit in duration ${goQuote(text)}` };
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (size === undefined) return { problem: `time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}` };
    sum += Number(digits + (fraction === '.' ? '' : fraction)) * size;
    rest = rest.slice(whole.length);
  }
  if (sum > Number(2n ** 63n - 1n)) return invalid;
  return text.startsWith('-') ? -Math.trunc(sum) : Math.trunc(sum);
}

/** Nanoseconds as Go prints a duration: `1h0m0s`, `1.5s`, `100ms`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s';
  if (nanoseconds < 0) return `-${formatDuration(-nanoseconds)}`;
  if (nanoseconds < 1e9) {
    const [unit, size] = nanoseconds < 1e3 ? ['ns', 1] : nanoseconds < 1e6 ? ['\u00b5s', 1e3] : ['ms', 1e6];
    return `${nanoseconds / Number(size)}${unit}`;
  }
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = `${(nanoseconds % 60e9) / 1e9}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
