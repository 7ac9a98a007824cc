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

/** Directories of the image: those that the Dockerfile itself names, then usual ones, as people write them at the place. */
export function stagePaths(
  { reading, position, instruction }: Place,
  word: string,
  form: 'directories' | 'with-slash',
): CompletionItem[] {
  const range = rangeBefore(position, word);
  const named = new Set<string>();
  const written = (path: string): string => (form === 'with-slash' ? path : path.replace(/(?<=.)\/$/, ''));
  for (const each of reading.dockerfile.instructions) {
    if (each === instruction) continue;
    if (each.kind === 'WORKDIR' && each.path) named.add(written(each.path.text));
    if (each.kind === 'VOLUME') for (const { text } of each.volumes) named.add(written(text));
    if ((each.kind === 'COPY' || each.kind === 'ADD') && each.destination) named.add(written(each.destination.text));
  }
  const usual = USUAL.map(written).filter((path) => !named.has(path) && !named.has(path.replace(/\/$/, '')));
  const paths = [...[...named].filter((path) => path.startsWith('/')), ...usual];
  return paths.map((path) => item(path, CompletionItemKind.Folder, path, range, { order: named.has(path) ? 1 : 2 }));
}
