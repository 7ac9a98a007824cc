import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { localPath } from './local-path.ts';

/** Files looked at in all folders together: more Dockerfiles than that are not edited by hand. */
const MOST_FILES = 500;
/** Folders read in all. */
const MOST_FOLDERS = 20_000;
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
  private found: Promise<readonly string[]> | undefined;

  /** Takes the folders' URIs; those that are no files are left out. */
  setFolders(uris: readonly string[]): void {
    this.folders = uris.flatMap((uri) => localPath(uri) ?? []);
    this.found = undefined;
  }

  changeFolders(added: readonly string[], removed: readonly string[]): void {
    const gone = new Set(removed);
    const uris = this.folders.map((path) => pathToFileURL(path).href).filter((uri) => !gone.has(uri));
    this.setFolders([...uris, ...added]);
  }

  /** Absolute paths of the folders. */
  get paths(): readonly string[] {
    return this.folders;
  }

  /** Takes note of files that came or went; says whether a Dockerfile is among them. */
  touch(uris: readonly string[]): boolean {
    const isConcerned = uris.some((uri) => isDockerfileName(localPath(uri) ?? ''));
    if (isConcerned) this.found = undefined;
    return isConcerned;
  }

  /** URIs of all Dockerfiles, in the order of their paths. */
  files(): Promise<readonly string[]> {
    this.found ??= search(this.folders);
    return this.found;
  }

  /** The text of a file that is not open; undefined for one that cannot be read or is no Dockerfile by its size. */
  async text(uri: string): Promise<string | undefined> {
    const path = fileURLToPath(uri);
    try {
      const stats = await stat(path);
      return stats.isFile() && stats.size <= LARGEST ? await readFile(path, 'utf8') : undefined;
    } catch (error) {
      if (error instanceof Error && 'code' in error) return undefined;
      throw error;
    }
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
  return files
    .sort()
    .slice(0, MOST_FILES)
    .map((path) => pathToFileURL(path).href);
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
