import { parseExcludes } from '../core/ignore/ignore.ts';
import { cleanPath } from '../core/match/clean-path.ts';

/**
 * `lapstrake.build.contexts`: patterns of Dockerfiles (written as in .dockerignore) with the folder that is their build
 * context, both seen from the workspace's folder.
 */
export type BuildContexts = Readonly<Record<string, string>>;

/**
 * The folder that is a Dockerfile's build context: what the first pattern that matches says, else the folder that the
 * Dockerfile lies in. Paths are absolute, with `/`; of several workspace folders the innermost around the Dockerfile counts.
 */
export function contextFolder(dockerfile: string, folders: readonly string[], contexts: BuildContexts): string {
  const own = dockerfile.slice(0, dockerfile.lastIndexOf('/')) || '/';
  const around = folders.map((each) => cleanPath(each)).filter((each) => dockerfile.startsWith(`${each}/`));
  const folder = around.sort((a, b) => b.length - a.length)[0];
  if (folder === undefined) return own;
  const inside = dockerfile.slice(folder.length + 1);
  const found = Object.entries(contexts).find(([pattern]) => parseExcludes([pattern]).value.verdict(inside).ignored);
  if (found === undefined) return own;
  const [, context] = found;
  return context.startsWith('/') ? cleanPath(context) : cleanPath(`${folder}/${context}`);
}
