import { type CompletionItem, CompletionItemKind, type Range } from 'vscode-languageserver/node';
import type { Position } from '../../core/dockerfile/ast.ts';
import { patternOf } from '../../core/ignore/pattern-of.ts';
import { formatSize } from '../../core/image/size.ts';
import type { IgnoreReading } from './ignore-reading.ts';

/** Names that are offered behind `**` and a slash. */
const MOST_NAMES = 500;

/** Patterns that many projects have. */
const USUAL = [
  ['.git', 'history of the sources'],
  ['**/node_modules', 'packages that the build installs itself'],
  ['**/*.log', 'logs'],
  ['**/.env', 'secrets of a developer'],
  ['**/.DS_Store', 'what Finder leaves'],
  ['Dockerfile*', 'the Dockerfiles themselves'],
  ['.dockerignore', 'this file'],
  ['**/__pycache__', 'what Python leaves'],
  ['**/*.md', 'documentation'],
] as const;

/** Paths of the folder, ignored or not, and patterns that many projects have. */
export async function ignoreCompletions(reading: IgnoreReading, position: Position): Promise<CompletionItem[]> {
  const before = (reading.lines[position.line] ?? '').slice(0, position.character);
  if (before.startsWith('#')) return [];
  const isNegated = /^\s*!/.test(before);
  const word = before.replace(/^\s*!?\s*/, '');
  const slash = word.lastIndexOf('/');
  const start = { line: position.line, character: position.character - (word.length - slash - 1) };
  const range = { start, end: position };
  const { paths = [] } = (await reading.listing()) ?? {};
  const folder = folderOf(word.slice(0, slash + 1));
  const found = folder === ANYWHERE ? anywhere(paths) : paths.filter(({ path }) => parentOf(path) === folder);
  const items = found.map(({ path, isDirectory, size }): CompletionItem => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const newText = patternOf(name, slash === -1 && !isNegated ? 'line' : 'part');
    return isDirectory
      ? { label: `${name}/`, kind: CompletionItemKind.Folder, sortText: '0', textEdit: { range, newText } }
      : {
          label: name,
          kind: CompletionItemKind.File,
          sortText: '1',
          detail: formatSize(size),
          textEdit: { range, newText },
        };
  });
  return slash === -1 ? [...items, ...usual(items, range)] : items;
}

const ANYWHERE = '**';

/** The folder that the written part names, cleaned as Docker cleans patterns; undefined where it has wildcards or leads out. */
function folderOf(written: string): string | undefined {
  const parts: string[] = [];
  for (const part of written.split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined;
    if (part !== '' && part !== '.' && part !== '..') parts.push(part.replace(/\\(.)/g, '$1'));
  }
  const folder = parts.join('/');
  return folder === ANYWHERE || !/[*?[]/.test(written) ? folder : undefined;
}

function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** Each name once, those that are nearest first. */
function anywhere<Path extends { readonly path: string }>(paths: readonly Path[]): Path[] {
  const names = new Map<string, Path>();
  for (const each of paths) {
    const name = each.path.slice(each.path.lastIndexOf('/') + 1);
    if (!names.has(name)) names.set(name, each);
    if (names.size === MOST_NAMES) break;
  }
  return [...names.values()];
}

function usual(items: readonly CompletionItem[], range: Range): CompletionItem[] {
  return USUAL.filter(([label]) => !items.some((each) => each.label.replace(/\/$/, '') === label)).map(
    ([label, detail]): CompletionItem => ({
      label,
      detail,
      kind: CompletionItemKind.Value,
      sortText: '2',
      textEdit: { range, newText: label },
    }),
  );
}
