import { utf8Length } from '../dockerfile/utf8.ts';
import type { Ignore, ParentMatches } from '../ignore/ignore.ts';
import { parseExcludes } from '../ignore/ignore.ts';
import { cleanPath, pathInRoot } from '../match/clean-path.ts';
import { hasWildcard } from '../match/go-match.ts';
import type { Chmod } from './chmod.ts';
import type { CopyTotals, PlannedFile } from './effect.ts';
import { childPath, type FileTree, type TreeEntry } from './file-tree.ts';
import { type ResolvedSource, resolveSource } from './resolve-sources.ts';
import { resolveLinks } from './tree-links.ts';

/** A COPY or ADD of paths, all variables expanded. */
export interface CopyRequest {
  readonly tree: FileTree;
  readonly sources: readonly string[];
  /** Absolute and clean. */
  readonly destination: string;
  /** Whether a single file goes into `destination` (a directory) or becomes it. */
  readonly intoDirectory: boolean;
  readonly exclude: readonly string[];
  readonly parents: boolean;
  readonly chmod?: Chmod;
  /** Whether devices and pipes come too. */
  readonly devices?: boolean;
  /** Says which files ADD extracts. */
  readonly extracts?: (path: string) => boolean;
}

/** What one written source brought. */
export interface SourceOutcome {
  readonly kind: 'found' | 'missing' | 'nothing-matched';
  /** Paths that it brings. */
  readonly count: number;
}

export interface ResolvedCopy {
  /** Parents before children, each destination once: what comes later overwrites. */
  readonly files: readonly PlannedFile[];
  /** One for each source, in their order. */
  readonly outcomes: readonly SourceOutcome[];
  /** More than one source, a file among them, for a destination that is no directory: one would overwrite the other. */
  readonly needsDirectory: boolean;
  /** A source is a directory: the destination becomes one, even where nothing is in it. */
  readonly isDirectory: boolean;
}

/**
 * Finds out which paths a COPY or ADD makes of which files of a tree, to the letter of BuildKit: of a directory its
 * contents are copied; a file keeps its name in a directory; wildcards match as goMatch does; `--parents` keeps the
 * path after a `/./`; `--exclude` is read like .dockerignore, relative to the source.
 */
export function resolveCopy(request: CopyRequest): ResolvedCopy {
  const copy = new Copy(request);
  const outcomes = request.sources.map((source) => copy.source(source));
  const crowded = copy.fileSources > 0 && copy.allSources > 1;
  return {
    files: copy.inOrder(),
    outcomes,
    needsDirectory: crowded && !request.intoDirectory && !request.parents,
    isDirectory: copy.isDirectory,
  };
}

/** Sums up files; `more` says that content the plan cannot see comes on top. */
export function totalsOf(files: readonly PlannedFile[], more: boolean): CopyTotals {
  let [count, directories, bytes, archives] = [0, 0, 0, false];
  for (const file of files) {
    if (file.type === 'directory') directories++;
    else count++;
    // A link counts as the file system and Docker count it.
    bytes += file.type === 'symlink' ? utf8Length(file.linkTarget ?? '') : file.size;
    archives ||= file.extract === true;
  }
  return { files: count, directories, bytes, more: more || archives };
}

class Copy {
  allSources = 0;
  fileSources = 0;
  isDirectory = false;
  private inDirectory: number | undefined;
  private readonly files = new Map<string, { file: PlannedFile; run: number }>();
  /** Archives keep their place among the sources: files before and after one are sorted apart. */
  private run = 0;
  private readonly exclude: Ignore;

  constructor(private readonly request: CopyRequest) {
    this.exclude = parseExcludes(request.exclude).value;
  }

  source(source: string): SourceOutcome {
    const before = this.files.size;
    const kind = this.request.parents ? this.withParents(source) : this.plain(source);
    return { kind, count: this.files.size - before };
  }

  inOrder(): PlannedFile[] {
    const placed = [...this.files.values()];
    placed.sort((a, b) => a.run - b.run || (a.file.destination < b.file.destination ? -1 : 1));
    return placed.map(({ file }) => file);
  }

  private plain(source: string): SourceOutcome['kind'] {
    const found = resolveSource(this.request.tree, source);
    if (!found) return 'missing';
    if (found.length === 0) return 'nothing-matched';
    for (const one of found) this.one(one);
    return 'found';
  }

  private one({ path, entry }: ResolvedSource): void {
    this.allSources++;
    if (entry.type === 'directory') {
      this.isDirectory = true;
      this.inDirectory = this.allSources;
      this.contents(entry, this.request.destination, '', undefined);
      this.inDirectory = undefined;
      return;
    }
    this.fileSources++;
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (this.exclude.walkTo(name).ignored) return;
    if (this.request.extracts?.(entry.path) === true && entry.type === 'file') {
      this.run++;
      this.put(entry, this.request.destination, { extract: true });
      this.run++;
      return;
    }
    this.put(entry, this.request.intoDirectory ? join(this.request.destination, name) : this.request.destination);
  }

  /** Copies what is below a directory; `relative` is the way from the source to it. */
  private contents(
    directory: TreeEntry,
    destination: string,
    relative: string,
    excluded: ParentMatches | undefined,
  ): void {
    for (const entry of this.request.tree.children(directory.path)) {
      const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
      const path = childPath(relative, name);
      const { verdict, matches } = this.exclude.step(path, excluded);
      const target = join(destination, name);
      if (!verdict.ignored) this.put(entry, target);
      if (entry.type !== 'directory' || (verdict.ignored && this.exclude.prunes(path))) continue;
      const before = this.files.size;
      this.contents(entry, target, path, matches);
      if (verdict.ignored && this.files.size > before) this.putAbove(entry, target);
    }
  }

  private withParents(source: string): SourceOutcome['kind'] {
    const pivot = source.indexOf('/./');
    const above = pivot === -1 ? '/' : source.slice(0, pivot);
    const pattern = pathInRoot(pivot === -1 ? source : source.slice(pivot + 3));
    const { tree } = this.request;
    const wild = hasWildcard(above) || hasWildcard(pattern);
    if (!wild && resolveLinks(tree, pathInRoot(`${above}/${pattern}`)) === undefined) return 'missing';
    const include = parseExcludes([pattern]).value;
    const before = this.files.size;
    for (const { entry } of resolveSource(tree, above) ?? []) {
      if (pattern === '') this.contents(entry, this.request.destination, '', undefined);
      else this.included(entry, this.request.destination, '', include, undefined, undefined);
    }
    return this.files.size > before || !wild ? 'found' : 'nothing-matched';
  }

  /** Copies what the pattern includes below a directory, and the directories on the way there. */
  private included(
    directory: TreeEntry,
    destination: string,
    relative: string,
    include: Ignore,
    included: ParentMatches | undefined,
    excluded: ParentMatches | undefined,
  ): void {
    for (const entry of this.request.tree.children(directory.path)) {
      const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
      const path = childPath(relative, name);
      const wanted = include.step(path, included);
      const unwanted = this.exclude.step(path, excluded);
      const target = join(destination, name);
      const taken = wanted.verdict.ignored && !unwanted.verdict.ignored;
      if (taken) this.put(entry, target);
      if (entry.type !== 'directory') continue;
      const before = this.files.size;
      this.included(entry, target, path, include, wanted.matches, unwanted.matches);
      if (!taken && this.files.size > before) this.putAbove(entry, target);
    }
  }

  /** A directory that is only there for what is below it, which is in the list already. */
  private putAbove(entry: TreeEntry, destination: string): void {
    if (!this.files.has(destination)) this.put(entry, destination);
  }

  private put(entry: TreeEntry, destination: string, more: { readonly extract?: true } = {}): void {
    if (entry.type === 'other' && this.request.devices !== true) return;
    const { chmod } = this.request;
    const mode = chmod && entry.type !== 'symlink' ? chmod(entry.mode, entry.type === 'directory') : entry.mode;
    const file: PlannedFile = {
      source: entry.path,
      destination,
      type: entry.type,
      size: entry.size,
      mode,
      ...(entry.linkTarget !== undefined && { linkTarget: entry.linkTarget }),
      ...(this.inDirectory !== undefined && { directory: this.inDirectory }),
      ...more,
    };
    this.files.set(more.extract ? `${destination}\0${entry.path}` : destination, { file, run: this.run });
  }
}

function join(directory: string, name: string): string {
  return cleanPath(`${directory}/${name}`);
}
