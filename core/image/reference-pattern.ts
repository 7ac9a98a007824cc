import { familiarName, familiarReference, type Reference } from './reference.ts';

/**
 * Whether a reference meets a `reference` filter: the pattern (`*`, `?`, `[a-z]`, never over a slash, as Go's path.Match)
 * against the familiar reference or the familiar name. Gives undefined for a malformed pattern.
 */
export function matchesPattern(pattern: string, reference: Reference): boolean | undefined {
  const expression = toExpression(pattern);
  if (expression === undefined) return undefined;
  return expression.test(familiarReference(reference)) || expression.test(familiarName(reference));
}

function toExpression(pattern: string): RegExp | undefined {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '*') source += '[^/]*';
    else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const end = pattern.indexOf(']', i + 2);
      if (end < 0) return undefined;
      source += `[${pattern.slice(i + 1, end).replace(/[\\[\]]/g, '\\$&')}]`;
      i = end;
    } else if (char === '\\') {
      const next = pattern[++i];
      if (next === undefined) return undefined;
      source += quote(next);
    } else source += quote(char);
  }
  return new RegExp(`^${source}$`, 'su');
}

function quote(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}
