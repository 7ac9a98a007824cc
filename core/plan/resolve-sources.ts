import { pathInRoot } from '../match/clean-path.ts';
import { goMatch, hasWildcard } from '../match/go-match.ts';
import { childPath, type FileTree, type TreeEntry } from './file-tree.ts';
import { resolveLinks } from './tree-links.ts';

/** What a written source of COPY or ADD stands for in a tree. */
export interface ResolvedSource {
  /** As it was matched: its name is what a file is called in the image. */
  readonly path: string;
  /** What is there, symbolic links in the path and at its end followed. */
  readonly entry: TreeEntry;
}

/**
 * Resolves a source path: wildcards (`*`, `?`, `[…]`, no `**`), then symbolic links within the tree. Gives undefined
 * where a path without wildcard is not there; an empty list where a wildcard matches nothing.
 */
export function resolveSource(tree: FileTree, source: string): readonly ResolvedSource[] | undefined {
  const path = pathInRoot(source);
  const parts = path.split('/');
  const wild = parts.findIndex(hasWildcard);
  if (wild === -1) {
    const found = follow(tree, path);
    return found && [found];
  }
  const above = parts.slice(0, wild).join('/');
  const base = resolveLinks(tree, above);
  if (base === undefined) return [];
  const matched = matchBelow(tree, base, '', parts.slice(wild));
  return matched.flatMap((relative) => follow(tree, childPath(base, relative)) ?? []);
}

/** Matches part by part: no part of a pattern reaches over a slash. */
function matchBelow(tree: FileTree, base: string, relative: string, parts: readonly string[]): string[] {
  const [pattern, ...rest] = parts;
  if (pattern === undefined) return [];
  const found: string[] = [];
  const directory = relative === '' ? base : childPath(base, relative);
  for (const entry of tree.children(directory)) {
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    if (goMatch(pattern, name) !== true) continue;
    const path = childPath(relative, name);
    if (rest.length === 0) found.push(path);
    else if (entry.type === 'directory') found.push(...matchBelow(tree, base, path, rest));
  }
  return found;
}

function follow(tree: FileTree, path: string): ResolvedSource | undefined {
  const real = resolveLinks(tree, path);
  const entry = real === undefined ? undefined : tree.get(real);
  return entry && { path, entry };
}
