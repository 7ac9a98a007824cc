import { cleanPath } from '../match/clean-path.ts';
import { childPath, type FileTree } from './file-tree.ts';

const MOST_LINKS = 255;

/**
 * Follows symbolic links inside a tree, as if its root were `/`: gives the path of what is really there, or undefined
 * where nothing is or the links go round.
 */
export function resolveLinks(tree: FileTree, path: string): string | undefined {
  let links = 0;
  let resolved = '';
  let rest = partsOf(path);
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '..') {
      resolved = parentOf(resolved);
      continue;
    }
    const next = childPath(resolved, part);
    const entry = tree.get(next);
    if (!entry) return undefined;
    if (entry.type !== 'symlink') {
      if (entry.type !== 'directory' && rest.length > 0) return undefined;
      resolved = next;
      continue;
    }
    links++;
    if (links > MOST_LINKS) return undefined;
    const target = entry.linkTarget ?? '';
    if (target.startsWith('/')) resolved = '';
    rest = [...partsOf(target), ...rest];
  }
  return tree.get(resolved) && resolved;
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function parentOf(path: string): string {
  return cleanPath(`/${path}/..`).slice(1);
}
