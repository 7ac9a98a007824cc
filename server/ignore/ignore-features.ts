import {
  type CodeAction,
  CodeActionKind,
  type CodeLens,
  type Diagnostic,
  DiagnosticSeverity,
  DiagnosticTag,
  type Hover,
  type InlayHint,
  type Range,
} from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { deadPatterns, type LineEffect } from '../../core/ignore/measure.ts';
import type { IgnorePattern } from '../../core/ignore/pattern.ts';
import { formatSize } from '../../core/image/size.ts';
import { SOURCE } from '../features/diagnostics.ts';
import { markdown } from '../features/markdown.ts';
import type { IgnoreReading } from './ignore-reading.ts';

const DEAD = 'dead-pattern';
const MOST_NAMES = 20;

/** Lines that Docker refuses, and lines without effect. */
export async function ignoreDiagnostics(reading: IgnoreReading): Promise<Diagnostic[]> {
  const { parsed } = reading;
  const refused = parsed.problems.map(
    ({ line, message }): Diagnostic => ({
      source: SOURCE,
      code: 'pattern-malformed',
      message,
      range: lineRange(reading, line),
      severity: DiagnosticSeverity.Error,
    }),
  );
  const effect = await reading.effect();
  const isCut = (await reading.listing())?.cut ?? true;
  if (effect === undefined || isCut) return refused;
  const dead = deadPatterns(parsed.value, effect).map(
    ({ pattern, reason }): Diagnostic => ({
      source: SOURCE,
      code: DEAD,
      message: reason === 'matches-nothing' ? nothingText(pattern) : decidedText(pattern),
      range: lineRange(reading, pattern.line),
      severity: DiagnosticSeverity.Hint,
      tags: [DiagnosticTag.Unnecessary],
    }),
  );
  return [...refused, ...dead];
}

function nothingText({ text }: IgnorePattern): string {
  const hint = /\s#/.test(text) ? ': a comment needs a line of its own' : '';
  return `Nothing in the build context matches “${text}”${hint}`;
}

function decidedText({ negated, text }: IgnorePattern): string {
  return negated
    ? `Nothing that “${text}” matches is kept out by a line above it and let in by this one`
    : `Other lines decide about all that “${text}” matches`;
}

/** Above the first line what is left for a build. */
export async function ignoreLenses(reading: IgnoreReading): Promise<CodeLens[]> {
  const effect = await reading.effect();
  if (effect === undefined) return [];
  const start = { line: 0, character: 0 };
  const title = `Build context · ${count(effect.files)}, ${formatSize(effect.bytes)}`;
  return [{ range: { start, end: start }, command: { title, command: '' } }];
}

/** Behind each line how many files and bytes it keeps out. */
export async function ignoreHints(reading: IgnoreReading, { start, end }: Range): Promise<InlayHint[]> {
  const effect = await reading.effect();
  return reading.parsed.value.patterns.flatMap((pattern): InlayHint[] => {
    const own = effect?.lines.get(pattern.line);
    if (own === undefined || pattern.line < start.line || pattern.line > end.line) return [];
    const position = lineRange(reading, pattern.line).end;
    return [{ position, label: effectText(pattern, own), paddingLeft: true }];
  });
}

/** What a line does, with some of the paths. */
export async function ignoreHover(reading: IgnoreReading, position: Position): Promise<Hover | undefined> {
  const pattern = reading.parsed.value.patterns.find(({ line }) => line === position.line);
  const effect = await reading.effect();
  const own = effect?.lines.get(position.line);
  if (pattern === undefined || own === undefined) return undefined;
  const { paths = [] } = (await reading.listing()) ?? {};
  const names = paths.filter(({ path }) => pattern.matches(path)).map(({ path }) => path);
  const rest = names.length > MOST_NAMES ? [`… and ${names.length - MOST_NAMES} more`] : [];
  const list = [...names.slice(0, MOST_NAMES), ...rest].map((name) => `- ${name.replace(/([\\`*_[\]<>])/g, '\\$1')}`);
  return markdown([`**${effectText(pattern, own)}**`, list.join('\n')].join('\n\n'), lineRange(reading, position.line));
}

/** Takes a line without effect away. */
export function ignoreActions(reading: IgnoreReading, diagnostics: readonly Diagnostic[]): CodeAction[] {
  return diagnostics
    .filter(({ code, source }) => code === DEAD && source === SOURCE)
    .map((diagnostic) => {
      const { line } = diagnostic.range.start;
      const isLast = line === reading.lines.length - 1;
      const range = isLast
        ? lineRange(reading, line)
        : { start: { line, character: 0 }, end: { line: line + 1, character: 0 } };
      const textDocument = { uri: reading.uri, version: reading.version };
      return {
        title: 'Remove the pattern',
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        edit: { documentChanges: [{ textDocument, edits: [{ range, newText: '' }] }] },
      };
    });
}

function effectText({ negated }: IgnorePattern, { files, bytes, decides }: LineEffect): string {
  if (!decides) return 'changes nothing';
  return `${negated ? 'takes in' : 'keeps out'} ${count(files)}, ${formatSize(bytes)}`;
}

function count(files: number): string {
  return `${files} file${files === 1 ? '' : 's'}`;
}

function lineRange({ lines }: IgnoreReading, line: number): Range {
  return { start: { line, character: 0 }, end: { line, character: (lines[line] ?? '').length } };
}
