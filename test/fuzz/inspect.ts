import { isDeepStrictEqual } from 'node:util';
import type { Position, Range } from '../../core/dockerfile/ast.ts';
import { parseSyntax } from '../../core/dockerfile/parse.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';
import { sourceLines } from '../../core/dockerfile/source-lines.ts';
import { applyEdits } from '../../core/lint/apply-edits.ts';
import { type Finding, lintDockerfile } from '../../core/lint/lint.ts';
import type { ShellReader } from '../../core/shell/shell-script.ts';
import { formatDocument } from '../../server/features/formatting.ts';
import { readingOf } from '../../server/features/test-reading.test-support.ts';
import { reprint } from './reprint.ts';

const OPTIONS = { insertSpaces: true, tabSize: 4 };

/** What must hold for the tree of any text: it prints as the text, and every place in it is one of the text. */
export function inspectTree(text: string): string[] {
  const { value, problems } = readDockerfile(text);
  const places = new Places(text);
  const complaints: string[] = [];
  const printed = reprint(text, value.syntax);
  if (printed !== text) complaints.push(`the tree prints ${JSON.stringify(printed)}`);
  complaints.push(...places.outside(value.instructions, 'the instructions'));
  complaints.push(...places.outside(value.syntax.comments, 'the comments'));
  complaints.push(...places.outside(value.syntax.directives, 'the directives'));
  for (const { code, range } of problems) complaints.push(...places.outside(range, `the problem ${code}`));
  return complaints;
}

/** The same for what rules find in it; every fix leaves a text that can be read. */
export function inspectFindings(text: string, shell: ShellReader): string[] {
  const { value } = readDockerfile(text);
  const places = new Places(text);
  return lintDockerfile(value, text, { shell }).flatMap((finding) => inspectFinding(text, finding, places));
}

function inspectFinding(text: string, { code, range, fixes }: Finding, places: Places): string[] {
  const complaints = places.outside(range, code);
  for (const { edits } of fixes) {
    for (const edit of edits) complaints.push(...places.outside(edit.range, `a fix of ${code}`, 'open'));
    readDockerfile(applyEdits(text, edits));
  }
  return complaints;
}

/** What must hold for fixes of a Dockerfile without errors: each leaves one without errors, and takes a finding of its rule away. */
export function inspectFixes(text: string, shell: ShellReader): string[] {
  const before = found(text, shell);
  if (before === undefined) return [];
  return before.flatMap(({ code, range, fixes }) =>
    fixes.flatMap(({ edits, title }) => {
      const fix = `the fix “${title}” of ${code} in line ${range.start.line + 1}`;
      const after = found(applyEdits(text, edits), shell);
      if (after === undefined) return [`${fix} leaves an error`];
      const of = (all: readonly Finding[]): number => all.filter((each) => each.code === code).length;
      return of(after) < of(before) ? [] : [`${fix} leaves its finding`];
    }),
  );
}

function found(text: string, shell: ShellReader): readonly Finding[] | undefined {
  const { value, problems } = readDockerfile(text);
  if (problems.some(({ severity }) => severity === 'error')) return undefined;
  return lintDockerfile(value, text, { shell });
}

/** Formatting changes no meaning, and nothing the second time. */
export function inspectFormatting(text: string): string[] {
  const once = formatted(text);
  const complaints: string[] = [];
  if (!isDeepStrictEqual(meaning(once), meaning(text))) complaints.push('formatting changes the meaning');
  if (formatted(once) !== once) complaints.push('formatting twice is not formatting once');
  return complaints;
}

function formatted(text: string): string {
  return applyEdits(text, formatDocument(readingOf(text), OPTIONS));
}

/** What a Dockerfile says, but for white space between words. */
export function meaning(text: string): unknown {
  const { value, problems } = parseSyntax(text);
  return {
    problems: problems.map(({ message }) => message),
    instructions: value.instructions.map(({ name, flags, args, heredocs, trigger }) => ({
      name,
      flags: flags.map((flag) => flag.text),
      args: [...args, ...(trigger?.args ?? [])].map((each) => each.text.replace(/\s+/g, ' ')),
      heredocs: heredocs.map(({ content }) => content),
    })),
    comments: value.comments.map((comment) => comment.text.trim()),
  };
}

/** The places of a text. */
class Places {
  private readonly widths: readonly number[];

  constructor(text: string) {
    this.widths = sourceLines(text).map(({ origin, next }) => next - origin);
    // Behind the last line's end a place is, too.
    if (text === '' || text.endsWith('\n')) this.widths = [...this.widths, 0];
  }

  /** Every range in a value that is not in the text. `open`: it may reach to the line behind the last one. */
  outside(value: unknown, what: string, end: 'closed' | 'open' = 'closed'): string[] {
    if (typeof value !== 'object' || value === null) return [];
    const found: string[] = [];
    if (isRange(value)) {
      const { start, end: last } = value;
      const isBackwards = last.line < start.line || (last.line === start.line && last.character < start.character);
      if (isBackwards || !this.has(start, end) || !this.has(last, end)) {
        found.push(`${what}: ${start.line}:${start.character}-${last.line}:${last.character} is not in the text`);
      }
    }
    for (const each of Object.values(value)) found.push(...this.outside(each, what, end));
    return found;
  }

  private has({ line, character }: Position, end: 'closed' | 'open'): boolean {
    if (end === 'open' && line === this.widths.length && character === 0) return true;
    const width = this.widths[line];
    return width !== undefined && character >= 0 && character <= width;
  }
}

function isRange(value: object): value is Range {
  return 'start' in value && 'end' in value && isPosition(value.start) && isPosition(value.end);
}

function isPosition(value: unknown): value is Position {
  return typeof value === 'object' && value !== null && 'line' in value && 'character' in value;
}
