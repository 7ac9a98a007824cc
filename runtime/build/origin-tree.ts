import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathInRoot } from '../../core/match/clean-path.ts';
import { hasWildcard } from '../../core/match/go-match.ts';
import { childPath, type FileTree, fileTree, type TreeEntry } from '../../core/plan/file-tree.ts';
import { hasErrno } from '../os/errno.ts';

const MOST_LINKS = 255;

/**
 * Reads of a stage's or an image's files what the sources of a COPY may mean: the way to each, links followed, and all
 * below it. The rest of the tree is not looked at.
 */
export async function readOriginTree(root: string, sources: readonly string[], signal: AbortSignal): Promise<FileTree> {
  const reader = new TreeReader(root, signal);
  await reader.entry('');
  for (const source of sources) {
    const parts = pathInRoot(source.replaceAll('/./', '/')).split('/');
    const wild = parts.findIndex(hasWildcard);
    await reader.follow((wild === -1 ? parts : parts.slice(0, wild)).filter((part) => part !== ''));
  }
  return fileTree(reader.entries.values());
}

class TreeReader {
  readonly entries = new Map<string, TreeEntry>();
  readonly #walked = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Reads the entries on a path, through links, and all below its end. */
  async follow(parts: readonly string[], links = 0): Promise<void> {
    const rest = [...parts];
    let at = '';
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (part === '..') {
        at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
        continue;
      }
      const entry = await this.entry(childPath(at, part));
      if (entry === undefined || links > MOST_LINKS) return;
      if (entry.type === 'symlink') {
        await this.follow([...this.#targetOf(at, entry), ...rest], links + 1);
        return;
      }
      at = entry.path;
    }
    await this.#walk(at, links);
  }

  async entry(path: string): Promise<TreeEntry | undefined> {
    const known = this.entries.get(path);
    if (known !== undefined) return known;
    this.signal.throwIfAborted();
    const full = join(this.root, path);
    try {
      const stats = await lstat(full);
      const facts = { path, mode: stats.mode & 0o7777, mtime: stats.mtimeMs };
      const entry: TreeEntry = stats.isFile()
        ? { ...facts, type: 'file', size: stats.size }
        : stats.isDirectory()
          ? { ...facts, type: 'directory', size: 0 }
          : stats.isSymbolicLink()
            ? { ...facts, type: 'symlink', size: 0, linkTarget: await readlink(full) }
            : { ...facts, type: 'other', size: 0 };
      this.entries.set(path, entry);
      return entry;
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  /** All below a directory. */
  async #walk(path: string, links: number): Promise<void> {
    if (this.#walked.has(path) || this.entries.get(path)?.type !== 'directory') return;
    this.#walked.add(path);
    for (const name of await readdir(join(this.root, path))) {
      const entry = await this.entry(childPath(path, name));
      if (entry?.type === 'directory') await this.#walk(entry.path, links);
    }
  }

  #targetOf(folder: string, { linkTarget = '' }: TreeEntry): string[] {
    const target = linkTarget.split('/').filter((part) => part !== '' && part !== '.');
    return linkTarget.startsWith('/') ? target : [...folder.split('/').filter((part) => part !== ''), ...target];
  }
}
