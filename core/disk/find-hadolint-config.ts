import { readFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { type ConfigProblem, type HadolintConfig, parseHadolintConfig } from '../lint/hadolint-config.ts';
import { isErrno, readIfThere } from './read-ignore.ts';

/** A configuration as found. */
export interface FoundConfig {
  readonly file: string;
  /** Absent where the file cannot be read as one. */
  readonly config?: HadolintConfig;
  /** What is wrong with it, as a sentence behind its name: it cannot be read, or keys in it mean nothing. */
  readonly problem?: string;
  /** The same, at its places. */
  readonly problems: readonly ConfigProblem[];
}

/** Where configurations are looked for. */
export interface ConfigPlace {
  /** The Dockerfile's folder. */
  readonly folder: string;
  /** The outermost folder to look in, on the way up from the Dockerfile's: the workspace, or the working directory. */
  readonly top: string;
  readonly home: string;
  /** `XDG_CONFIG_HOME`. */
  readonly configHome?: string;
}

const HIDDEN = ['.hadolint.yaml', '.hadolint.yml'];
const VISIBLE = ['hadolint.yaml', 'hadolint.yml'];

/**
 * Finds the first configuration: in the Dockerfile's folder and those above it up to `top`, then where hadolint looks in
 * the home folder.
 */
export async function findHadolintConfig(place: ConfigPlace, signal?: AbortSignal): Promise<FoundConfig | undefined> {
  for (const file of candidates(place)) {
    try {
      const text = await readIfThere(file, signal);
      if (text !== undefined) return { file, ...asConfig(text) };
    } catch (error) {
      // As hadolint, which looks for files only.
      if (isErrno(error, 'EISDIR')) continue;
      if (!(error instanceof Error && 'code' in error) || signal?.aborted) throw error;
      return { file, problem: `cannot be read: ${error.message}`, problems: [] };
    }
  }
  return undefined;
}

/** Reads the configuration that somebody names, be it a pipe or `/dev/null`. Error: what the file system says. */
export async function readHadolintConfig(file: string, signal?: AbortSignal): Promise<FoundConfig | undefined> {
  try {
    return { file, ...asConfig(await readFile(file, { encoding: 'utf8', ...(signal && { signal }) })) };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function asConfig(text: string): Omit<FoundConfig, 'file'> {
  const { config, problems } = parseHadolintConfig(text);
  if (problems.length === 0) return { ...(config && { config }), problems };
  if (config === undefined) {
    const reasons = problems.map(({ message, range: { start } }) => `${message} (line ${start.line + 1})`);
    const problem = `cannot be read: ${reasons.join('; ')}`;
    return {
      problem,
      problems: problems.map((each) => ({ ...each, message: `${each.message}; the file counts for nothing` })),
    };
  }
  const problem = `has keys that mean nothing: ${problems.map(({ message }) => message).join(', ')}`;
  return {
    config,
    problem,
    problems: problems.map((each) => ({ ...each, message: `${each.message} means nothing here` })),
  };
}

function candidates({ folder, top, home, configHome = join(home, '.config') }: ConfigPlace): string[] {
  const folders = foldersUpTo(resolve(folder), resolve(top));
  return [
    ...folders.flatMap((each) => HIDDEN.map((name) => join(each, name))),
    ...VISIBLE.map((name) => join(configHome, name)),
    ...[...VISIBLE, 'config.yaml', 'config.yml'].map((name) => join(home, '.hadolint', name)),
    ...HIDDEN.map((name) => join(home, name)),
  ];
}

/** From a folder to one above it; where that is not above it, the folder and then the other. */
function foldersUpTo(folder: string, top: string): string[] {
  const inside = folder === top || folder.startsWith(top.endsWith(sep) ? top : top + sep);
  if (!inside) return [folder, top];
  const folders = [folder];
  for (let at = folder; at !== top; ) {
    at = dirname(at);
    folders.push(at);
  }
  return folders;
}
