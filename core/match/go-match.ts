/**
 * Says whether `name` matches a shell pattern as Go's path.Match reads it (`*`, `?`, `[a-z]`, `[^a]`, `\x`; none of them
 * matches `/` but a class that names it); undefined for a malformed pattern, whatever the name.
 */
export function goMatch(pattern: string, name: string): boolean | undefined {
  const tokens = parsePattern(pattern);
  return tokens && matchTokens(tokens, [...name]);
}

/** True where the pattern has a character that is special to goMatch, unescaped. */
export function hasWildcard(pattern: string): boolean {
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '*' || char === '?' || char === '[') return true;
    if (char === '\\') i++;
  }
  return false;
}

type Token =
  | { readonly kind: 'literal'; readonly char: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

function parsePattern(pattern: string): Token[] | undefined {
  const chars = [...pattern];
  const tokens: Token[] = [];
  for (let i = 0; i < chars.length; ) {
    const char = chars[i] ?? '';
    if (char === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star' });
      i++;
    } else if (char === '?') {
      tokens.push({ kind: 'any' });
      i++;
    } else if (char === '[') {
      const found = parseClass(chars, i + 1);
      if (!found) return undefined;
      tokens.push(found.token);
      i = found.next;
    } else {
      const at = char === '\\' ? i + 1 : i;
      const literal = chars[at];
      if (literal === undefined) return undefined;
      tokens.push({ kind: 'literal', char: literal });
      i = at + 1;
    }
  }
  return tokens;
}

/** Reads what follows `[`: at least one range, then `]`. */
function parseClass(chars: readonly string[], start: number): { token: Token; next: number } | undefined {
  let i = start;
  const negated = chars[i] === '^';
  if (negated) i++;
  const ranges: [number, number][] = [];
  for (;;) {
    if (chars[i] === ']' && ranges.length > 0) return { token: { kind: 'class', negated, ranges }, next: i + 1 };
    const low = classChar(chars, i);
    if (!low) return undefined;
    i = low.next;
    let high = low.code;
    if (chars[i] === '-') {
      const end = classChar(chars, i + 1);
      if (!end) return undefined;
      high = end.code;
      i = end.next;
    }
    // What closes the class must still be there.
    if (i >= chars.length) return undefined;
    ranges.push([low.code, high]);
  }
}

function classChar(chars: readonly string[], at: number): { code: number; next: number } | undefined {
  const first = chars[at];
  if (first === undefined || first === '-' || first === ']') return undefined;
  const escaped = first === '\\';
  const code = (escaped ? chars[at + 1] : first)?.codePointAt(0);
  return code === undefined ? undefined : { code, next: at + (escaped ? 2 : 1) };
}

/** Backtracks over the last star only: linear in the name for each star. */
function matchTokens(tokens: readonly Token[], name: readonly string[]): boolean {
  let t = 0;
  let n = 0;
  let retry: { token: number; name: number } | undefined;
  while (n < name.length || t < tokens.length) {
    const token = tokens[t];
    if (token?.kind === 'star') {
      retry = { token: t, name: n };
      t++;
      continue;
    }
    const char = name[n];
    if (token !== undefined && char !== undefined && matchesOne(token, char)) {
      t++;
      n++;
      continue;
    }
    if (!retry || retry.name >= name.length || name[retry.name] === '/') return false;
    retry = { token: retry.token, name: retry.name + 1 };
    t = retry.token + 1;
    n = retry.name;
  }
  return true;
}

function matchesOne(token: Exclude<Token, { kind: 'star' }>, char: string): boolean {
  switch (token.kind) {
    case 'literal':
      return token.char === char;
    case 'any':
      return char !== '/';
    case 'class': {
      const code = char.codePointAt(0) ?? 0;
      return token.ranges.some(([low, high]) => low <= code && code <= high) !== token.negated;
    }
  }
}
