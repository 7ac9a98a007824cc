import { goQuote } from '../dockerfile/go-quote.ts';
import { parseGoBool } from '../match/go-bool.ts';

/** What a `check=` directive or comment turns off (Dockerfile reference, check directive). */
export interface CheckOptions {
  readonly skipAll: boolean;
  /** Rule ids or aliases. */
  readonly skip: readonly string[];
  readonly experimentalAll: boolean;
  readonly experimental: readonly string[];
  /** Findings fail the build. */
  readonly error: boolean;
}

export const NO_CHECK_OPTIONS: CheckOptions = {
  skipAll: false,
  skip: [],
  experimentalAll: false,
  experimental: [],
  error: false,
};

/** Reads `skip=A,B;error=true`, `skip=all`, `experimental=all`; gives BuildKit's message for anything else. */
export function parseCheckOptions(text: string): CheckOptions | { readonly problem: string } {
  let options = NO_CHECK_OPTIONS;
  if (text.trim() === '') return options;
  for (const part of splitAtMost(text.trim(), ';', 3)) {
    const at = part.indexOf('=');
    if (at === -1) return { problem: `invalid check option ${goQuote(part)}` };
    const key = part.slice(0, at).trim();
    const value = part.slice(at + 1).trim();
    const names = value.split(',').map((name) => name.trim());
    if (key === 'skip') options = value === 'all' ? { ...options, skipAll: true } : { ...options, skip: names };
    else if (key === 'experimental')
      options = value === 'all' ? { ...options, experimentalAll: true } : { ...options, experimental: names };
    else if (key === 'error') {
      const error = parseGoBool(value);
      if (error === undefined) return { problem: `failed to parse check option ${goQuote(part)}` };
      options = { ...options, error };
    } else return { problem: `invalid check option ${goQuote(key)}` };
  }
  return options;
}

/** Rules that a hadolint pragma turns off, and where: below the comment, in the stage whose FROM it is above, or anywhere. */
export interface HadolintPragma {
  readonly scope: 'instruction' | 'stage' | 'global';
  readonly ignore: readonly string[];
}

const PRAGMA = /^\s*#?\s*hadolint\s+(?:(global|stage)\s+)?ignore\s*=\s*([^#]*)/;
/** `DL3006`, `SC2086`, `WorkdirRelativePath`, `copy-secret`. */
const NAME = /^(?:[A-Z][A-Z0-9_-]*\d+|[A-Z][a-z]+(?:[A-Z]+[a-z]*)+|[a-z]+(?:-[a-z]+)+)$/;

/**
 * Reads `hadolint ignore=DL3006,DL3008` of a comment, with `global` or `stage` before `ignore`. As hadolint has it, a list
 * with anything in it that is no name of a rule counts for nothing.
 */
export function parseHadolintPragma(comment: string): HadolintPragma | undefined {
  const found = PRAGMA.exec(comment);
  if (!found) return undefined;
  const ignore = (found[2] ?? '').split(',').map((name) => name.trim());
  if (!ignore.every((name) => NAME.test(name))) return undefined;
  return { scope: found[1] === 'global' || found[1] === 'stage' ? found[1] : 'instruction', ignore };
}

/** Reads `hadolint shell=powershell` of a comment. */
export function parseShellPragma(comment: string): string | undefined {
  return /^\s*#?\s*hadolint\s+shell\s*=\s*([^\s#]+)\s*(?:#.*)?$/.exec(comment)?.[1];
}

function splitAtMost(text: string, separator: string, parts: number): string[] {
  const all = text.split(separator);
  return [...all.slice(0, parts - 1), ...(all.length >= parts ? [all.slice(parts - 1).join(separator)] : [])];
}
