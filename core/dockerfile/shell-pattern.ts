/** A part of a pattern: one character, any one (`?`), or any number (`*`); none but a literal matches a newline. */
type Part = { readonly kind: 'char'; readonly char: string } | { readonly kind: 'any' } | { readonly kind: 'star' };

/** Where a pattern matched, in characters of the value. */
interface Match {
  readonly start: number;
  readonly end: number;
}

type Length = 'shortest' | 'longest';

/** What a pattern made of a value, or why the pattern is none. */
export type PatternResult = { readonly value: string } | { readonly problem: string };

/** `${name#pattern}` and `##`: the value without what matches at its start. */
export function trimPrefix(pattern: string, value: string, length: Length): PatternResult {
  return trimStart(pattern, [...value], length, (chars) => chars);
}

/** `${name%pattern}` and `%%`: the value without what matches at its end. */
export function trimSuffix(pattern: string, value: string, length: Length): PatternResult {
  return trimStart(reversePattern(pattern), [...value].reverse(), length, (chars) => chars.reverse());
}

/** `${name/pattern/replacement}`, or `//` for all: the longest match from the left replaced. */
export function replacePattern(
  pattern: string,
  value: string,
  replacement: string,
  which: 'first' | 'all',
): PatternResult {
  const parts = parsePattern(pattern);
  if ('problem' in parts) return parts;
  const chars = [...value];
  if (which === 'first') {
    const match = findMatch(parts.value, chars, 0, 'longest');
    if (match === undefined) return { value };
    return { value: chars.slice(0, match.start).join('') + replacement + chars.slice(match.end).join('') };
  }
  return { value: replaceAll(parts.value, chars, replacement) };
}

function trimStart(
  pattern: string,
  chars: string[],
  length: Length,
  restore: (chars: string[]) => string[],
): PatternResult {
  const parts = parsePattern(pattern);
  if ('problem' in parts) return parts;
  const end = matchAt(parts.value, chars, 0, length);
  return { value: restore(chars.slice(end ?? 0)).join('') };
}

function parsePattern(pattern: string): { readonly value: readonly Part[] } | { readonly problem: string } {
  const parts: Part[] = [];
  const chars = [...pattern];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    if (char === '*') parts.push({ kind: 'star' });
    else if (char === '?') parts.push({ kind: 'any' });
    else if (char === '\\') {
      const next = chars[i + 1];
      // A `}` or `/` is escaped for the sake of `${}`: the escape is not the pattern's.
      if (next === '}' || next === '/') continue;
      if (next !== '*' && next !== '?' && next !== '\\') return { problem: `invalid escape '\\${next ?? '\ufffd'}'` };
      parts.push({ kind: 'char', char: next });
      i++;
    } else parts.push({ kind: 'char', char });
  }
  return { value: parts };
}

/** Where a match that starts at `start` ends; undefined where none does. Time is linear in parts times characters. */
function matchAt(parts: readonly Part[], chars: readonly string[], start: number, length: Length): number | undefined {
  let found: number | undefined;
  let states = closure(parts, new Set([0]));
  for (let at = start; ; at++) {
    if (states.has(parts.length)) {
      found = at;
      if (length === 'shortest') return found;
    }
    const char = chars[at];
    if (char === undefined || states.size === 0) return found;
    states = closure(parts, step(parts, states, char));
  }
}

/** The states that one character leads to. */
function step(parts: readonly Part[], states: ReadonlySet<number>, char: string): Set<number> {
  const next = new Set<number>();
  for (const state of states) {
    const part = parts[state];
    if (part === undefined) continue;
    if (part.kind === 'char' ? part.char === char : char !== '\n') next.add(part.kind === 'star' ? state : state + 1);
  }
  return next;
}

/** Adds what is reached without a character: what follows a star. */
function closure(parts: readonly Part[], states: Set<number>): Set<number> {
  for (const state of states) if (parts[state]?.kind === 'star') states.add(state + 1);
  return states;
}

function findMatch(parts: readonly Part[], chars: readonly string[], from: number, length: Length): Match | undefined {
  for (let start = from; start <= chars.length; start++) {
    const end = matchAt(parts, chars, start, length);
    if (end !== undefined) return { start, end };
  }
  return undefined;
}

/** As Go's ReplaceAllString: an empty match right behind another does not count, and `$` in the replacement is special. */
function replaceAll(parts: readonly Part[], chars: readonly string[], replacement: string): string {
  let result = '';
  let from = 0;
  let last = -1;
  while (from <= chars.length) {
    const match = findMatch(parts, chars, from, 'longest');
    if (match === undefined) break;
    result += chars.slice(from, match.start).join('');
    const empty = match.end === match.start;
    if (!empty || match.start !== last)
      result += expandTemplate(replacement, chars.slice(match.start, match.end).join(''));
    last = match.end;
    if (empty) result += chars[match.start] ?? '';
    from = empty ? match.start + 1 : match.end;
  }
  return result + chars.slice(from).join('');
}

/** Go's Regexp.Expand without any group but the whole match. */
function expandTemplate(template: string, whole: string): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (text, plain: string | undefined, braced: string | undefined) =>
    text === '$$' ? '$' : (plain ?? braced) === '0' ? whole : '',
  );
}

/** The pattern from its end, escapes still in front of what they escape. */
function reversePattern(pattern: string): string {
  const chars = [...pattern];
  const reversed: string[] = [];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    const next = chars[i + 1];
    if (char === '\\' && next !== undefined) {
      reversed.unshift(char, next);
      i++;
    } else reversed.unshift(char);
  }
  return reversed.join('');
}
