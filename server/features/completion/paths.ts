import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import { formatSize } from '../../../core/image/size.ts';
import type { FileTree } from '../../../core/plan/file-tree.ts';
import { item } from './item.ts';
import { jsonPlace } from './json-string.ts';
import { type Place, rangeBefore } from './place.ts';

/** Directories that images usually have, and what is usually put there. */
const USUAL = [
  '/',
  '/app/',
  '/bin/',
  '/build/',
  '/data/',
  '/etc/',
  '/home/',
  '/opt/',
  '/root/',
  '/src/',
  '/srv/',
  '/tmp/',
  '/usr/',
  '/usr/local/bin/',
  '/usr/src/app/',
  '/var/',
  '/var/lib/',
  '/var/www/',
  '/work/',
  '/workspace/',
];

/** What lies in the folder of the context that the word names so far; what .dockerignore leaves out is not among it. */
export async function contextPaths(place: Place, word: string): Promise<CompletionItem[]> {
  const context = await place.reading.context();
  return context === undefined ? [] : childrenOf(context.tree, word.replace(/^["']/, ''), place);
}

function childrenOf(tree: FileTree, word: string, place: Place): CompletionItem[] {
  const slash = word.lastIndexOf('/');
  const folder = word.slice(0, slash + 1).replace(/^(?:\.?\/+)+|\/+$/g, '');
  const range = rangeBefore(place.position, word.slice(slash + 1));
  const takesSpaces = jsonPlace(place) !== undefined;
  return tree.children(folder).flatMap(({ path, type, size }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    // White space ends a word.
    if (!takesSpaces && /\s/.test(name)) return [];
    return type === 'directory'
      ? item(`${name}/`, CompletionItemKind.Folder, `${name}/`, range, { order: 0 })
      : item(name, CompletionItemKind.File, name, range, {
          order: 1,
          ...(type === 'file' && { detail: formatSize(size) }),
        });
  });
}

/**
 * Directories of the image: those that the Dockerfile itself names, then usual ones. Where a slash at their end says something
 * they are offered without and with it: Enter behind one that is written out then ends the line.
 */
export function stagePaths(
  { reading, position, instruction }: Place,
  word: string,
  form: 'directories' | 'both-forms',
): CompletionItem[] {
  const range = rangeBefore(position, word);
  const named = new Set<string>();
  for (const each of reading.dockerfile.instructions) {
    if (each === instruction) continue;
    if (each.kind === 'WORKDIR' && each.path) named.add(each.path.text);
    if (each.kind === 'VOLUME') for (const { text } of each.volumes) named.add(text);
    if ((each.kind === 'COPY' || each.kind === 'ADD') && each.destination) named.add(each.destination.text);
  }
  const written = [...named].filter((path) => path.startsWith('/'));
  const own = new Set(written.flatMap((path) => formsOf(path, form)));
  const usual = USUAL.flatMap((path) => formsOf(path, form)).filter((path) => !own.has(path));
  return [...own, ...usual].map((path) =>
    item(path, CompletionItemKind.Folder, path, range, { order: own.has(path) ? 1 : 2 }),
  );
}

function formsOf(path: string, form: 'directories' | 'both-forms'): string[] {
  const bare = path.replace(/(?<=.)\/$/, '');
  return form === 'both-forms' && path !== bare ? [bare, path] : [bare];
}
