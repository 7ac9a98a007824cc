import * as z from 'zod/mini';
import type { Range } from '../dockerfile/ast.ts';
import { rangeIn } from '../dockerfile/joined-line.ts';
import type { Finding } from './finding.ts';
import type { Fix, TextEdit } from './rule.ts';
import type { CheckedScript } from './shellcheck-scripts.ts';

const PLACE = { line: z.number(), column: z.number(), endLine: z.number(), endColumn: z.number() };
const OUTPUT = z.object({
  comments: z.array(
    z.object({
      ...PLACE,
      level: z.enum(['error', 'warning', 'info', 'style']),
      code: z.number(),
      message: z.string(),
      fix: z.nullish(z.object({ replacements: z.array(z.object({ ...PLACE, replacement: z.string() })) })),
    }),
  ),
});

/** What ShellCheck says of a script, places in its own lines and columns. */
export type ShellCheckComment = z.infer<typeof OUTPUT>['comments'][number];
type Place = Pick<ShellCheckComment, 'line' | 'column' | 'endLine' | 'endColumn'>;

/** Reads what `shellcheck --format=json1` prints. Throws for anything else. */
export function parseShellCheck(text: string): readonly ShellCheckComment[] {
  return OUTPUT.parse(JSON.parse(text)).comments;
}

/** Shells that it does not know, and sources that cannot be followed: not to be mended in a Dockerfile. */
const POINTLESS = new Set([1071, 2187, 1090, 1091, 2148]);

/** Puts ShellCheck's comments on a script where its words stand in the Dockerfile, its fixes with them. */
export function ofShellCheck(script: CheckedScript, comments: readonly ShellCheckComment[]): Finding[] {
  const starts = lineStarts(script.token.text);
  return comments.flatMap((comment): Finding[] => {
    const range = rangeOf(comment, script, starts);
    if (range === undefined || POINTLESS.has(comment.code)) return [];
    const { startLine: start, endLine: end } = script.at;
    return [
      {
        rule: `SC${comment.code}`,
        code: `SC${comment.code}`,
        aliases: [],
        message: comment.message,
        severity: comment.level,
        range,
        lines: { start, end },
        url: `https://www.shellcheck.net/wiki/SC${comment.code}`,
        fixes: fixesOf(comment, script, starts),
      },
    ];
  });
}

/** Fixes that stay within a line, since a new one would end the instruction. */
function fixesOf({ fix, code }: ShellCheckComment, script: CheckedScript, starts: readonly number[]): Fix[] {
  const edits: TextEdit[] = [];
  for (const replacement of fix?.replacements ?? []) {
    const range = rangeOf(replacement, script, starts);
    if (range === undefined || replacement.replacement.includes('\n')) return [];
    edits.push({ range, newText: replacement.replacement });
  }
  return edits.length === 0 ? [] : [{ title: `Apply what ShellCheck suggests for SC${code}`, edits }];
}

function rangeOf(place: Place, { headLines, token }: CheckedScript, starts: readonly number[]): Range | undefined {
  const offsetOf = (line: number, column: number): number | undefined => {
    const start = starts[line - headLines - 1];
    return start === undefined ? undefined : start + utf16Length(token.text, start, column - 1);
  };
  const start = offsetOf(place.line, place.column);
  const end = offsetOf(place.endLine, place.endColumn);
  return start === undefined || end === undefined ? undefined : rangeIn(token, start, end);
}

/** ShellCheck counts characters, editors UTF-16 units. */
function utf16Length(text: string, from: number, characters: number): number {
  let at = from;
  for (let i = 0; i < characters && at < text.length; i++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at - from;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
