import type { Ignore, ParentMatches } from './ignore.ts';
import type { IgnorePattern } from './pattern.ts';

/** A path of a context, ignored or not. */
export interface ListedPath {
  /** Relative, clean, with `/`. */
  readonly path: string;
  readonly isDirectory: boolean;
  /** Bytes of a file. */
  readonly size: number;
}

/** What one line of a .dockerignore does to a context. */
export interface LineEffect {
  /** From 0. */
  readonly line: number;
  /** Files that it keeps out; of a `!` line: that it takes in again. */
  readonly files: number;
  /** Bytes of these files. */
  readonly bytes: number;
  /** Whether any path matches it. */
  readonly matches: boolean;
  /** Whether it decides about any path. */
  readonly decides: boolean;
}

export interface IgnoreEffect {
  readonly lines: ReadonlyMap<number, LineEffect>;
  /** What is left for the build. */
  readonly files: number;
  readonly bytes: number;
}

/** Says what each line does to a context's paths, parents before children. */
export function measureIgnore(paths: readonly ListedPath[], ignore: Ignore): IgnoreEffect {
  const lines = new Map<number, { -readonly [Key in keyof LineEffect]: LineEffect[Key] }>();
  for (const { line } of ignore.patterns) lines.set(line, { line, files: 0, bytes: 0, matches: false, decides: false });
  const directories = new Map<string, ParentMatches>();
  let files = 0;
  let bytes = 0;
  for (const { path, isDirectory, size } of paths) {
    const slash = path.lastIndexOf('/');
    const { verdict, matches } = ignore.step(path, slash === -1 ? undefined : directories.get(path.slice(0, slash)));
    if (isDirectory) directories.set(path, matches);
    const effect = verdict.pattern && lines.get(verdict.pattern.line);
    if (effect !== undefined) {
      effect.decides = true;
      effect.matches = true;
      if (!isDirectory) {
        effect.files++;
        effect.bytes += size;
      }
    }
    if (!verdict.ignored && !isDirectory) {
      files++;
      bytes += size;
    }
  }
  for (const pattern of ignore.patterns) {
    const effect = lines.get(pattern.line);
    if (effect !== undefined && !effect.matches) effect.matches = paths.some(({ path }) => pattern.matches(path));
  }
  return { lines, files, bytes };
}

/** Lines without effect, and why. */
export interface DeadPattern {
  readonly pattern: IgnorePattern;
  readonly reason: 'matches-nothing' | 'decided-otherwise';
}

/** Lines that could go without a difference to this context. */
export function deadPatterns(ignore: Ignore, { lines }: IgnoreEffect): DeadPattern[] {
  return ignore.patterns.flatMap((pattern): DeadPattern[] => {
    const effect = lines.get(pattern.line);
    if (effect === undefined || effect.decides) return [];
    return [{ pattern, reason: effect.matches ? 'decided-otherwise' : 'matches-nothing' }];
  });
}
