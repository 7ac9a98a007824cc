import type { AddInstruction, CopyInstruction, Instruction } from '../dockerfile/instructions.ts';
import type { FileTree, TreeEntry } from '../plan/file-tree.ts';
import { unquoted } from './source-kind.ts';

/** COPY or ADD of the build context. */
export function contextCopy(instruction: Instruction): CopyInstruction | AddInstruction | undefined {
  const copy = instruction.kind === 'ONBUILD' ? instruction.trigger : instruction;
  if (copy?.kind === 'ADD') return copy;
  return copy?.kind === 'COPY' && copy.from === undefined ? copy : undefined;
}

/** A path of a source in the context: clean, '' for all of it; undefined where variables or wildcards stand in it. */
export function sourcePath(text: string): string | undefined {
  const path = unquoted(text);
  if (/[$*?[\\]|^[a-z+]+:\/\/|^git@/i.test(path)) return undefined;
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** Directories are looked into so deep, and no more than so many entries are looked at. */
const DEPTH = 4;
const MOST = 5000;

/** The first entries at or below a path that are of a kind, those in directories of the kind left out. */
export function entriesBelow(
  tree: FileTree,
  path: string,
  isKind: (entry: TreeEntry, name: string) => boolean,
): TreeEntry[] {
  const found: TreeEntry[] = [];
  let seen = 0;
  const visit = (entry: TreeEntry, depth: number): void => {
    if (seen++ > MOST) return;
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    if (isKind(entry, name)) found.push(entry);
    else if (entry.type === 'directory' && depth < DEPTH)
      for (const each of tree.children(entry.path)) visit(each, depth + 1);
  };
  const root = tree.get(path);
  if (root) visit(root, 0);
  return found;
}

/** A list for people: the first three, and how many more. */
export function listed(entries: readonly TreeEntry[]): string {
  const names = entries.slice(0, 3).map(({ path }) => path);
  return entries.length > 3 ? `${names.join(', ')} and ${entries.length - 3} more` : names.join(', ');
}
