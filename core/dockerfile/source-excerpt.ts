/** Lines of a text around those that something is about. */
export interface SourceExcerpt {
  /** Of the first line, from 0. */
  readonly first: number;
  readonly lines: string[];
}

/** Lines that are shown beside one, and beside several. */
const BESIDE_ONE = 4;
const BESIDE_MORE = 2;

/** The lines with as many around them as BuildKit shows; `about`: from 0, both inclusive. */
export function excerptOf(
  lines: readonly string[],
  about: { readonly start: number; readonly end: number },
): SourceExcerpt {
  let { start } = about;
  let end = Math.min(about.end, lines.length - 1);
  const beside = end === start ? BESIDE_ONE : BESIDE_MORE;
  // Each round counts as one more, so that a line at the edge of the file gets as many as BuildKit gives it.
  for (let shown = 0; shown < beside; shown++) {
    if (start > 0) {
      start--;
      shown++;
    }
    if (end < lines.length - 1) {
      end++;
      shown++;
    }
  }
  return { first: start, lines: lines.slice(start, end + 1) };
}

/** The excerpt as BuildKit prints it, with the place in front and marks at the lines that it is about. */
export function formatExcerpt(
  file: string,
  { first, lines }: SourceExcerpt,
  about: { readonly start: number; readonly end: number },
): string {
  const rule = '-'.repeat(20);
  const shown = lines.map((text, at) => {
    const line = first + at;
    const mark = about.start <= line && line <= about.end ? '>>>' : '   ';
    return ` ${String(line + 1).padStart(3)} | ${mark} ${text}`;
  });
  return [`${file}:${about.start + 1}`, rule, ...shown, rule].join('\n');
}
