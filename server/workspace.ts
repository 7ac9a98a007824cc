import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { FileChangeType, type FileEvent } from 'vscode-languageserver/node';
import { localPath, uriOf } from './local-path.ts';

/** Files looked at in all folders together: more Dockerfiles than that are not edited by hand. */
const MOST_FILES = 500;
/** Folders read in all. */
const MOST_FOLDERS = 20_000;
/** Where more files and folders come at once, Dockerfiles may be among them. */
const MOST_LOOKED_AT = 100;
/** Bytes: what is larger is no Dockerfile. */
const LARGEST = 1_000_000;
/** Folders in which nobody looks for Dockerfiles of their own. */
const SKIPPED = new Set(['node_modules', '.git', '.hg', '.svn', 'vendor', '.venv', '__pycache__', 'target', 'dist']);
const NAME = /^(?:dockerfile|containerfile)(?:\.(?!.*dockerignore$).+)?$|\.(?:dockerfile|containerfile)$/i;

/** Whether a file is a Dockerfile by its name, as the extension's languages say. */
export function isDockerfileName(path: string): boolean {
  return NAME.test(basename(path));
}

/** The Dockerfiles in the folders that the editor has open. */
export class Workspace {
  private folders: readonly string[] = [];
  /** Paths of Dockerfiles. */
  private found: Promise<readonly string[]> | undefined;
  /** What was found last. */
  private listed: readonly string[] = [];

  /** Takes the folders' URIs; those that are no files are left out. */
  setFolders(uris: readonly string[]): void {
    this.folders = pathsOf(uris);
    this.found = undefined;
  }

  changeFolders(added: readonly string[], removed: readonly string[]): void {
    const gone = new Set(pathsOf(removed));
    this.folders = [...this.folders.filter((path) => !gone.has(path)), ...pathsOf(added)];
    this.found = undefined;
  }

  /** Absolute paths of the folders. */
  get paths(): readonly string[] {
    return this.folders;
  }

  /** Takes note of files and folders that changed; says whether Dockerfiles are among them, or may be in them. */
  async touch(changes: readonly FileEvent[]): Promise<boolean> {
    const isConcerned = changes.some((change) => this.concerns(change)) || (await this.bringsFolder(changes));
    if (isConcerned) this.found = undefined;
    return isConcerned;
  }

  private concerns({ uri, type }: FileEvent): boolean {
    const path = localPath(uri);
    if (path === undefined) return false;
    // Of a folder that goes, or gets another name, nothing in it is told.
    const holds = type === FileChangeType.Deleted && this.listed.some((each) => each.startsWith(path + sep));
    return holds || isDockerfileName(path);
  }

  /** Nothing is told of the files of a folder that was moved here, either. Where nobody asked for files, nothing is looked at. */
  private async bringsFolder(changes: readonly FileEvent[]): Promise<boolean> {
    if (this.found === undefined) return false;
    const paths = changes.flatMap(({ uri, type }) => (type === FileChangeType.Created ? (localPath(uri) ?? []) : []));
    const looked = paths.filter((path) => this.isSearched(path));
    if (looked.length > MOST_LOOKED_AT) return true;
    const folders = await Promise.all(looked.map(isFolder));
    return folders.includes(true);
  }

  private isSearched(path: string): boolean {
    const folder = this.folders.find((each) => path.startsWith(each + sep));
    return (
      folder !== undefined &&
      !relative(folder, path)
        .split(sep)
        .some((name) => SKIPPED.has(name))
    );
  }

  /** URIs of all Dockerfiles, in the order of their paths. */
  async files(): Promise<readonly string[]> {
    this.found ??= search(this.folders).then((files) => {
      this.listed = files;
      return files;
    });
    return (await this.found).map(uriOf);
  }

  /** The text of a file that is not open; undefined for one that cannot be read or is no Dockerfile by its size. */
  async text(uri: string): Promise<string | undefined> {
    const path = localPath(uri) ?? '';
    try {
      const stats = await stat(path);
      return stats.isFile() && stats.size <= LARGEST ? await readFile(path, 'utf8') : undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

async function search(folders: readonly string[]): Promise<readonly string[]> {
  const files: string[] = [];
  let waiting = [...folders];
  let read = 0;
  while (waiting.length > 0 && read < MOST_FOLDERS && files.length < MOST_FILES) {
    const [folder = '', ...rest] = waiting;
    waiting = rest;
    read++;
    for (const entry of await entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) waiting.push(path);
      else if (entry.isFile() && isDockerfileName(entry.name)) files.push(path);
    }
  }
  return files.sort().slice(0, MOST_FILES);
}

function pathsOf(uris: readonly string[]): string[] {
  return uris.flatMap((uri) => localPath(uri)?.replace(/(?<=.)[/\\]$/, '') ?? []);
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    // Folders come and go, and some must not be read.
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}
