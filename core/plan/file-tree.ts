/** What a path of a build context, or of an image's root, is. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** One path of a tree: facts of `lstat`, nothing read from the file itself. */
export interface TreeEntry {
  /** Relative to the tree's root, with `/`, without leading or trailing slash; the root itself is ''. */
  readonly path: string;
  readonly type: EntryType;
  /** Bytes of a file; 0 for anything else. */
  readonly size: number;
  /** Permission bits with set-uid, set-gid and sticky, without the type: 0o755. */
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly mtime: number;
  /** Of a symbolic link, as written. */
  readonly linkTarget?: string;
}

/** A directory tree as values: a build context without what .dockerignore excludes, or a stage's root. */
export interface FileTree {
  /** Gives the entry at a clean relative path ('' is the root), symbolic links not followed. */
  get(path: string): TreeEntry | undefined;
  /** Gives what a directory holds, by name in code-unit order. */
  children(path: string): readonly TreeEntry[];
}

/** Gives `name` below the directory `path` of a tree. */
export function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

/** Makes a tree of entries in any order; parents that are missing count as directories with mode 0755. */
export function fileTree(entries: Iterable<TreeEntry>): FileTree {
  const byPath = new Map<string, TreeEntry>();
  const below = new Map<string, TreeEntry[]>();
  const put = (entry: TreeEntry): void => {
    const known = byPath.get(entry.path);
    byPath.set(entry.path, entry);
    if (entry.path === '') return;
    const parent = parentPath(entry.path);
    if (!byPath.has(parent)) put({ path: parent, type: 'directory', size: 0, mode: 0o755, mtime: entry.mtime });
    const siblings = below.get(parent) ?? [];
    if (known !== undefined) siblings.splice(siblings.indexOf(known), 1);
    siblings.push(entry);
    below.set(parent, siblings);
  };
  for (const entry of entries) put(entry);
  for (const siblings of below.values()) siblings.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { get: (path) => byPath.get(path), children: (path) => below.get(path) ?? [] };
}

function parentPath(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? '' : path.slice(0, slash);
}

/** A tree without anything: the context of `docker build -`. */
export const EMPTY_TREE: FileTree = fileTree([{ path: '', type: 'directory', size: 0, mode: 0o755, mtime: 0 }]);
