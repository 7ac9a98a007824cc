import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CodeAction, CodeActionKind, type Diagnostic, type WorkspaceEdit } from 'vscode-languageserver/node';
import { isSamePosition } from '../../core/dockerfile/positions.ts';
import { patternOf } from '../../core/ignore/pattern-of.ts';
import type { Finding } from '../../core/lint/lint.ts';
import { isClutter } from '../../core/lint/rules/copy-clutter.ts';
import { isSecretFile } from '../../core/lint/rules/copy-secret-file.ts';
import { type Unwanted, unwantedSources } from '../../core/lint/unwanted-files.ts';
import type { Reading } from '../reading.ts';

const UNWANTED: Readonly<Record<string, Unwanted>> = { 'copy-secret-file': isSecretFile, 'copy-clutter': isClutter };

/** For a COPY that brings what belongs into no image: adds that to .dockerignore, which is made where there is none. */
export async function ignoreFiles(
  reading: Reading,
  finding: Finding,
  diagnostics: Diagnostic[],
): Promise<CodeAction[]> {
  const unwanted = UNWANTED[finding.code];
  const instruction = reading.instructionAt(finding.lines.start);
  const context = unwanted && (await reading.context());
  if (unwanted === undefined || instruction === undefined || context === undefined) return [];
  const found = unwantedSources(instruction, context.tree, unwanted).find(({ source }) =>
    isSamePosition(source.range.start, finding.range.start),
  );
  if (found === undefined) return [];
  const patterns = found.entries.map(({ path }) => patternOf(path, 'line'));
  const [first = ''] = patterns;
  const rest = patterns.length > 1 ? ` and ${patterns.length - 1} more` : '';
  return [
    {
      title: `Leave out ${first}${rest} by .dockerignore`,
      kind: CodeActionKind.QuickFix,
      diagnostics,
      edit: await appended(context.ignoreFile ?? join(context.root, '.dockerignore'), patterns),
    },
  ];
}

/** Behind all other lines, where no exception takes them in again. */
async function appended(file: string, patterns: readonly string[]): Promise<WorkspaceEdit> {
  const uri = pathToFileURL(file).href;
  const text = await textOf(file);
  const lines = (text ?? '').split('\n');
  const end = { line: lines.length - 1, character: (lines.at(-1) ?? '').length };
  const newText = `${end.character === 0 ? '' : '\n'}${patterns.join('\n')}\n`;
  const change = { textDocument: { uri, version: null }, edits: [{ range: { start: end, end }, newText }] };
  const creation = { kind: 'create' as const, uri, options: { ignoreIfExists: true } };
  return { documentChanges: text === undefined ? [creation, change] : [change] };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
