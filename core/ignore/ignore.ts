import { cleanPath } from '../match/clean-path.ts';
import { compilePattern, type IgnorePattern } from './pattern.ts';

/** What the patterns say of a path; `pattern` is the one that decided, absent where none matched. */
export interface IgnoreVerdict {
  readonly ignored: boolean;
  readonly pattern?: IgnorePattern;
}

/** A line that Docker refuses: the build fails there. */
export interface IgnoreProblem {
  /** From 0. */
  readonly line: number;
  readonly message: string;
}

/** Which patterns matched a directory, so that what is below it need not be asked again. */
export type ParentMatches = readonly boolean[];

/** A .dockerignore, compiled. Paths are relative to the context's root, clean, with `/`. */
export interface Ignore {
  readonly patterns: readonly IgnorePattern[];
  /** Whether there is a `!` line. */
  readonly hasNegations: boolean;
  /** Judges a path by itself and its parents: the last pattern that matches either decides. */
  verdict(path: string): IgnoreVerdict;
  /**
   * Judges a path in a walk that knows what matched its directory (undefined at the root). As in Docker, patterns that
   * could not change the verdict on a directory are not held to match what is below it: after `a/b`, a line `!a` does
   * not take `a/b/c` in again, though `verdict` would.
   */
  step(path: string, parent: ParentMatches | undefined): { verdict: IgnoreVerdict; matches: ParentMatches };
  /** Judges a path as a walk from the root would. */
  walkTo(path: string): IgnoreVerdict;
  /** Whether nothing below an ignored directory can be taken in again: a walk may leave it out unread. */
  prunes(directory: string): boolean;
}

export interface ParsedIgnore {
  readonly value: Ignore;
  readonly problems: readonly IgnoreProblem[];
}

/** Parses the text of a .dockerignore (Docker reference, .dockerignore files). Malformed lines are left out and said. */
export function parseIgnore(text: string): ParsedIgnore {
  const lines = text.replace(/^\ufeff/, '').split('\n');
  return parseLines(lines.map((line) => (line.startsWith('#') ? '' : line)));
}

/** Parses `--exclude` values, which are read like lines of a .dockerignore, comments apart. */
export function parseExcludes(patterns: readonly string[]): ParsedIgnore {
  return parseLines(patterns);
}

/** Excludes nothing: where there is no .dockerignore. */
export const IGNORE_NOTHING: Ignore = ignoreOf([]);

function parseLines(lines: readonly string[]): ParsedIgnore {
  const patterns: IgnorePattern[] = [];
  const problems: IgnoreProblem[] = [];
  for (const [line, raw] of lines.entries()) {
    const parsed = parsePattern(raw.trim(), line);
    if (typeof parsed === 'string') problems.push({ line, message: parsed });
    else if (parsed) patterns.push(parsed);
  }
  return { value: ignoreOf(patterns), problems };
}

/** Gives the pattern, undefined for an empty line, or a message. */
function parsePattern(text: string, line: number): IgnorePattern | string | undefined {
  if (text === '') return undefined;
  const negated = text.startsWith('!');
  const written = negated ? text.slice(1).trim() : text;
  if (written === '') return 'An exception needs a pattern after the "!".';
  const cleaned = cleanPath(written);
  const pattern = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
  const matches = compilePattern(pattern);
  return matches ? { text, line, negated, pattern, matches } : `The pattern "${text}" is malformed.`;
}

function ignoreOf(patterns: readonly IgnorePattern[]): Ignore {
  const negations = patterns.filter(({ negated }) => negated).map(({ pattern }) => pattern);
  // A wildcard before the end may lead anywhere: then every ignored directory has to be looked into.
  const anywhere = negations.some((pattern) => /[*[\]?^\\]/.test(withoutTrailingGlob(pattern)));
  const prunes: Ignore['prunes'] = (directory) => {
    if (anywhere) return false;
    return !negations.some((pattern) => `${withoutTrailingGlob(pattern)}/`.startsWith(`${directory}/`));
  };
  const step: Ignore['step'] = (path, parent) => {
    const matches = new Array<boolean>(patterns.length).fill(false);
    let decided: IgnorePattern | undefined;
    for (const [i, pattern] of patterns.entries()) {
      if (parent?.[i] !== true && (!mayChange(pattern, decided) || !pattern.matches(path))) continue;
      matches[i] = true;
      decided = pattern;
    }
    return { verdict: verdictOf(decided), matches };
  };
  return {
    patterns,
    hasNegations: negations.length > 0,
    step,
    verdict(path) {
      const ancestors = withAncestors(path);
      let decided: IgnorePattern | undefined;
      for (const pattern of patterns) {
        if (mayChange(pattern, decided) && ancestors.some((ancestor) => pattern.matches(ancestor))) decided = pattern;
      }
      return verdictOf(decided);
    },
    walkTo(path) {
      let last: ReturnType<Ignore['step']> | undefined;
      for (const ancestor of withAncestors(path)) {
        last = step(ancestor, last?.matches);
        if (last.verdict.ignored && prunes(ancestor)) break;
      }
      return last?.verdict ?? { ignored: false };
    },
    prunes,
  };
}

function mayChange(pattern: IgnorePattern, decided: IgnorePattern | undefined): boolean {
  return pattern.negated === (decided !== undefined && !decided.negated);
}

function verdictOf(decided: IgnorePattern | undefined): IgnoreVerdict {
  return decided === undefined ? { ignored: false } : { ignored: !decided.negated, pattern: decided };
}

// As in BuildKit, of two globs at the end both go: it looks into no ignored directory for such an exception.
function withoutTrailingGlob(pattern: string): string {
  return pattern.replace(/\/\*\*$/, '').replace(/\/\*$/, '');
}

/** `a/b/c` gives `a`, `a/b`, `a/b/c`; the root gives nothing. */
function withAncestors(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
