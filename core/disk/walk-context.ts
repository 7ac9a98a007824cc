import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ignore, ParentMatches } from '../ignore/ignore.ts';
import { childPath, type FileTree, fileTree, type TreeEntry } from '../plan/file-tree.ts';
import { Turns } from './turns.ts';

/** What .dockerignore kept out, by the line that decided. */
export interface Excluded {
  /** As written. */
  readonly pattern: string;
  /** Files seen; what lies in a directory that was left out unread is not counted. */
  readonly files: number;
  /** Bytes of these files. */
  readonly bytes: number;
  /** Directories left out unread. */
  readonly directories: number;
}

/** A path that could not be read: Docker refuses the context then. */
export interface Unreadable {
  readonly path: string;
  /** `EACCES`, or `EILSEQ` for a name that is not UTF-8. */
  readonly code: string;
}

export interface WalkedContext {
  readonly tree: FileTree;
  /** Files and symbolic links in the tree. */
  readonly files: number;
  /** Bytes of the files in the tree. */
  readonly bytes: number;
  readonly excluded: readonly Excluded[];
  readonly unreadable: readonly Unreadable[];
}

export interface WalkOptions {
  readonly signal?: AbortSignal;
}

/**
 * Reads a build context: every path below `root` that .dockerignore leaves, facts of lstat only. Symbolic links are
 * entries and never followed (but for `root` itself); a directory that is excluded is in the tree only where something
 * below it is taken in again. Throws what the file system says where `root` cannot be read, and the signal's reason.
 */
export async function walkContext(root: string, ignore: Ignore, options: WalkOptions = {}): Promise<WalkedContext> {
  const walk = new Walk(await realpath(root), ignore, options);
  await walk.run();
  return walk.result();
}

class Walk {
  private readonly entries = new Map<string, TreeEntry>();
  private readonly excluded = new Map<string, { files: number; bytes: number; directories: number }>();
  private readonly unreadable: Unreadable[] = [];
  private readonly signal: AbortSignal | undefined;
  private readonly turns: Turns;
  private files = 0;
  private bytes = 0;

  constructor(
    private readonly root: string,
    private readonly ignore: Ignore,
    options: WalkOptions,
  ) {
    this.signal = options.signal;
    this.turns = new Turns(options.signal);
  }

  async run(): Promise<void> {
    this.signal?.throwIfAborted();
    const top = this.entry('');
    this.entries.set('', top);
    await this.directory('', this.names(''), undefined, [top]);
  }

  result(): WalkedContext {
    return {
      tree: fileTree(this.entries.values()),
      files: this.files,
      bytes: this.bytes,
      excluded: [...this.excluded].map(([pattern, figures]) => ({ pattern, ...figures })),
      unreadable: this.unreadable,
    };
  }

  /** `above` are the directories from the root to this one: put into the tree by the first entry below that is kept. */
  private async directory(
    path: string,
    names: readonly string[],
    matches: ParentMatches | undefined,
    above: readonly TreeEntry[],
  ): Promise<void> {
    for (const name of names) {
      if (this.turns.isOver) await this.turns.next();
      const directory = this.visit(childPath(path, name), matches, above);
      if (directory === undefined) continue;
      const inside = this.attempt(directory.entry.path, (each) => this.names(each)) ?? [];
      await this.directory(directory.entry.path, inside, directory.matches, [...above, directory.entry]);
    }
  }

  /** Takes a path in, and gives it where it is a directory to be walked into. */
  private visit(
    path: string,
    parent: ParentMatches | undefined,
    above: readonly TreeEntry[],
  ): { readonly entry: TreeEntry; readonly matches: ParentMatches } | undefined {
    if (path.includes('\ufffd')) {
      this.unreadable.push({ path, code: 'EILSEQ' });
      return undefined;
    }
    const { verdict, matches } = this.ignore.step(path, parent);
    const entry = this.attempt(path, (each) => this.entry(each));
    if (!entry) return undefined;
    const isDirectory = entry.type === 'directory';
    if (verdict.ignored) {
      const pruned = isDirectory && this.ignore.prunes(path);
      this.countExcluded(verdict.pattern?.text ?? '', entry, pruned);
      if (pruned) return undefined;
    } else {
      for (const directory of above) this.entries.set(directory.path, directory);
      this.entries.set(path, entry);
      if (entry.type === 'file' || entry.type === 'symlink') this.files++;
      this.bytes += entry.size;
    }
    return isDirectory ? { entry, matches } : undefined;
  }

  private names(path: string): string[] {
    return readdirSync(join(this.root, path));
  }

  private entry(path: string): TreeEntry {
    const full = path === '' ? this.root : `${this.root}/${path}`;
    const stats = lstatSync(full);
    const facts = { path, mode: stats.mode & 0o7777, mtime: stats.mtimeMs };
    if (stats.isFile()) return { ...facts, type: 'file', size: stats.size };
    if (stats.isDirectory()) return { ...facts, type: 'directory', size: 0 };
    if (stats.isSymbolicLink()) return { ...facts, type: 'symlink', size: 0, linkTarget: readlinkSync(full) };
    return { ...facts, type: 'other', size: 0 };
  }

  /** What cannot be looked at is remembered as unreadable, but for what was removed while the walk was under way. */
  private attempt<T>(path: string, look: (path: string) => T): T | undefined {
    try {
      return look(path);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
      if (code === undefined) throw error;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.unreadable.push({ path, code });
      return undefined;
    }
  }

  private countExcluded(pattern: string, entry: TreeEntry, pruned: boolean): void {
    const figures = this.excluded.get(pattern) ?? { files: 0, bytes: 0, directories: 0 };
    if (pruned) figures.directories++;
    else if (entry.type !== 'directory') figures.files++;
    figures.bytes += entry.size;
    this.excluded.set(pattern, figures);
  }
}
