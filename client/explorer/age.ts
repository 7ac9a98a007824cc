const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** How long ago, in words: `2 hours ago`. `seconds` is a Unix time, `now` in milliseconds; an engine ahead of our clock reads `now`. */
export function age(seconds: number, now: number, language = 'en'): string {
  const ago = Math.max(0, Math.round(now / 1000 - seconds));
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  for (const [unit, length] of STEPS) {
    if (ago >= length) return format.format(-Math.floor(ago / length), unit);
  }
  return format.format(0, 'second');
}
