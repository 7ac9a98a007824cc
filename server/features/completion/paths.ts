import { type CompletionItem, CompletionItemKind } from 'vscode-languageserver/node';
import { formatSize } from '../../../core/image/size.ts';
import type { FileTree } from '../../../core/plan/file-tree.ts';
import { item } from './item.ts';
import { type Place, rangeBefore } from './place.ts';

/** Directories that images usually have, and what is usually put there. */
const USUAL = [
  '/app/',
  '/bin/',
  '/etc/',
  '/home/',
  '/opt/',
  '/root/',
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
export async function contextPaths({ reading, position }: Place, word: string): Promise<CompletionItem[]> {
  const context = await reading.context();
  return context === undefined ? [] : childrenOf(context.tree, word.replace(/^["']/, ''), position);
}

function childrenOf(tree: FileTree, word: string, position: Place['position']): CompletionItem[] {
  const slash = word.lastIndexOf('/');
  const folder = word.slice(0, slash + 1).replace(/^(?:\.?\/+)+|\/+$/g, '');
  const range = rangeBefore(position, word.slice(slash + 1));
  return tree.children(folder).map(({ path, type, size }) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return type === 'directory'
      ? item(`${name}/`, CompletionItemKind.Folder, `${name}/`, range, { order: 0 })
      : item(name, CompletionItemKind.File, name, range, {
          order: 1,
          ...(type === 'file' && { detail: formatSize(size) }),
        });
  });
}

/** Directories of the image: those that the Dockerfile itself names, then usual ones. */
export function stagePaths({ reading, position, instruction }: Place, word: string): CompletionItem[] {
  const range = rangeBefore(position, word);
  const named = new Set<string>();
  for (const each of reading.dockerfile.instructions) {
    if (each === instruction) continue;
    if (each.kind === 'WORKDIR' && each.path) named.add(each.path.text);
    if (each.kind === 'VOLUME') for (const { text } of each.volumes) named.add(text);
    if ((each.kind === 'COPY' || each.kind === 'ADD') && each.destination) named.add(each.destination.text);
  }
  const paths = [...new Set([...named].filter((path) => path.startsWith('/')).concat(USUAL))];
  const here =
    word === '' && instruction.kind !== 'WORKDIR'
      ? [item('./', CompletionItemKind.Folder, './', range, { order: 0 })]
      : [];
  return [
    ...here,
    ...paths.map((path) => item(path, CompletionItemKind.Folder, path, range, { order: named.has(path) ? 1 : 2 })),
  ];
}
