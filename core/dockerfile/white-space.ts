/** White space as Go's unicode.IsSpace has it: with NEL and NBSP, without the byte-order mark. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether a character (one UTF-16 unit) is white space to Go. */
export function isSpace(char: string): boolean {
  if (char <= '\x7f') return char === ' ' || (char >= '\t' && char <= '\r');
  return SPACE.test(char);
}

/** Offset of the first character from `from` on that is no white space, `to` where there is none. */
export function skipSpace(text: string, from = 0, to = text.length): number {
  let at = from;
  while (at < to && isSpace(text.charAt(at))) at++;
  return at;
}

/** Offset behind the last character before `to` that is no white space, `from` where there is none. */
export function trimmedEnd(text: string, from = 0, to = text.length): number {
  let at = to;
  while (at > from && isSpace(text.charAt(at - 1))) at--;
  return at;
}

/** White space taken off both ends, as Go's strings.TrimSpace. */
export function trimSpace(text: string): string {
  const start = skipSpace(text);
  return text.slice(start, trimmedEnd(text, start));
}

/** Whether a character separates arguments: BuildKit's `[\t\v\f\r ]`, which NBSP is not. */
export function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\v' || char === '\f' || char === '\r';
}
