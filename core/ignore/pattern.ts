import { goMatch } from '../match/go-match.ts';

/** One line of .dockerignore, compiled. */
export interface IgnorePattern {
  /** As it stands in the file, without white space around it. */
  readonly text: string;
  /** Line in the file, from 0. */
  readonly line: number;
  /** A `!` line: what matches is taken in again. */
  readonly negated: boolean;
  /** Cleaned, without `!`. */
  readonly pattern: string;
  /** Says whether a clean relative path matches by itself, its parents not considered. */
  matches(path: string): boolean;
}

const NOTHING_TO_ESCAPE = /[.+()|{}$^]/;

/**
 * Compiles a cleaned pattern as Docker's matcher does (moby/patternmatcher): `**` stands for any number of path parts,
 * all else as in goMatch. Gives undefined for a malformed one, on which Docker refuses the whole file.
 */
export function compilePattern(pattern: string): ((path: string) => boolean) | undefined {
  if (goMatch(pattern, '.') === undefined) return undefined;
  const special = /[*?[\]\\]/.exec(pattern);
  if (!special) return (path) => path === pattern;
  const deep = pattern.startsWith('**');
  const rest = pattern.slice(2);
  if (deep && !/[*?[\]\\]/.test(rest)) {
    // `**/x` also matches `x`; `**x` any path that ends so.
    return (path) => path.endsWith(rest) || (rest.startsWith('/') && path === rest.slice(1));
  }
  if (pattern.endsWith('**') && special.index === pattern.length - 2) {
    const prefix = pattern.slice(0, -2);
    return (path) => path.startsWith(prefix);
  }
  return byExpression(pattern);
}

function byExpression(pattern: string): ((path: string) => boolean) | undefined {
  const source = expressionOf(pattern);
  if (source === undefined) return undefined;
  try {
    const expression = new RegExp(source, 'u');
    return (path) => expression.test(path);
  } catch (error) {
    // An expression that this engine reads otherwise than Go's: malformed there, too.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function expressionOf(pattern: string): string | undefined {
  const chars = [...pattern];
  let source = '^';
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    if (char === '*' && chars[i + 1] === '*') {
      i += chars[i + 2] === '/' ? 2 : 1;
      source += i + 1 === chars.length ? '.*' : '(?:.*/)?';
    } else if (char === '*') {
      source += '[^/]*';
    } else if (char === '?') {
      source += '[^/]';
    } else if (char === '\\') {
      const escaped = escapeOf(chars[++i] ?? '');
      if (escaped === undefined) return undefined;
      source += escaped;
    } else if (char === '[') {
      const end = classEnd(chars, i);
      source += classOf(chars.slice(i + 1, end));
      i = end;
    } else {
      source += NOTHING_TO_ESCAPE.test(char) || char === ']' || char === '/' ? `\\${char}` : char;
    }
  }
  return `${source}$`;
}

/** Docker hands `\x` to Go's regular expressions: letters keep their meaning there. */
function escapeOf(char: string): string | undefined {
  if (/[dDsSwWbBfnrtv]/.test(char)) return `\\${char}`;
  if (char === 'a') return '\\u0007';
  if (char === 'A') return '^';
  if (char === 'z') return '$';
  if (/[A-Za-z0-9]/.test(char)) return undefined;
  return /[\^$\\.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

/** Index of the `]` that closes the class at `start`: goMatch found the class well-formed. */
function classEnd(chars: readonly string[], start: number): number {
  let i = start + 1;
  while (i < chars.length && chars[i] !== ']') i += chars[i] === '\\' ? 2 : 1;
  return i;
}

function classOf(chars: readonly string[]): string {
  const negated = chars[0] === '^';
  let source = negated ? '[^' : '[';
  for (let i = negated ? 1 : 0; i < chars.length; i++) {
    const char = chars[i] ?? '';
    if (char === '-') source += '-';
    else source += literalInClass(char === '\\' ? (chars[++i] ?? '') : char);
  }
  return `${source}]`;
}

function literalInClass(char: string): string {
  return /[\^$\\.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char;
}
