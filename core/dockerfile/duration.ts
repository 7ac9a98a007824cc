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
