import { chmod, lstat, lutimes, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { boundCommit, type GitSource } from '../../core/plan/git-source.ts';
import { resolveInRoot } from '../containers/rootfs-path.ts';
import { EngineError, invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { type GitAccess, git, withoutPassword } from './git-command.ts';

/** What a source stands for at this moment. */
export interface FoundCommit {
  /** The commit, in hexadecimal. */
  readonly commit: string;
  /** The object that the name stands for: a tag of its own, or the commit. */
  readonly object: string;
  /** Full name of the branch or tag; absent where a commit was asked for. */
  readonly name?: string;
}

/** Asks a repository which commit is meant. Error: EngineError `invalid` where it has no such one. */
export async function findCommit(source: GitSource, access: GitAccess, signal: AbortSignal): Promise<FoundCommit> {
  const bound = boundCommit(source);
  const { remote, ref = 'HEAD', commit } = source;
  if (bound !== undefined && (bound === ref || source.ref === undefined)) return { commit: bound, object: bound };
  const listed = await git(['ls-remote', '--', remote], remote, access, signal);
  const refs = new Map(
    listed.split('\n').flatMap((line): [string, string][] => {
      const [object, name] = line.split('\t');
      return object === undefined || name === undefined ? [] : [[name, object]];
    }),
  );
  // A branch goes before a tag of the same name, as for `git checkout`.
  const bare = ref.replace(/^refs\//, '');
  const name = [ref, `refs/heads/${bare}`, `refs/tags/${bare}`, `refs/${bare}`].find((each) => refs.has(each));
  if (name === undefined) {
    const message = `${withoutPassword(remote)} has no branch, tag or commit ${ref}: commits are named in full, by 40 digits`;
    throw invalid({ code: 'git-ref-missing', message, subject: ref });
  }
  const object = refs.get(name)!;
  const found = { commit: refs.get(`${name}^{}`) ?? object, object, ...(name !== 'HEAD' && { name }) };
  if (commit === undefined || found.commit.startsWith(commit) || object.startsWith(commit)) return found;
  const message = `${ref} of ${withoutPassword(remote)} is commit ${found.commit}, not ${commit} as it must be`;
  throw invalid({ code: 'git-commit-differs', message, subject: ref });
}

/**
 * Brings the files of a commit into a new folder and gives the path of what was asked of them: in plain modes, with the
 * commit's time, so that the same commit is the same files wherever and whenever it is fetched.
 */
export async function checkOut(
  source: GitSource,
  found: FoundCommit,
  folder: string,
  options: { readonly keepGitDir: boolean; readonly access: GitAccess; readonly signal: AbortSignal },
): Promise<string> {
  const { remote, subdir, submodules } = source;
  const { access, signal } = options;
  const inside = (...args: readonly string[]) => git(['-C', folder, ...args], remote, access, signal);
  await mkdir(folder, { mode: 0o755 });
  await inside('init', '--quiet', '--template=');
  await inside('remote', 'add', 'origin', remote.replace(/^(https?:\/\/)[^/@]*@/i, '$1'));
  try {
    await inside('fetch', '--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--', remote, found.object);
  } catch (error) {
    if (!(error instanceof EngineError) || error.code !== 'git-failed') throw error;
    // A server that gives no single commits, or nothing shallow.
    await inside('fetch', '--quiet', '--no-recurse-submodules', '--', remote, '+refs/*:refs/remotes/origin/*');
  }
  await checkOutCommit(found, inside);
  const hasParts = submodules && (await isThere(join(folder, '.gitmodules')));
  if (hasParts) await inside('submodule', 'update', '--quiet', '--init', '--recursive', '--depth=1');
  const time = Number(await inside('log', '-1', '--format=%ct'));
  if (options.keepGitDir) {
    // An index of its own making knows when the files were written.
    await inside('read-tree', 'HEAD');
    await rm(join(folder, '.git/FETCH_HEAD'), { force: true });
  } else await removeGitFiles(folder, hasParts);
  await makePlain(folder, time, signal);
  return subdir === undefined ? folder : subfolder(folder, subdir, remote);
}

/** What the name stood for is found under it in the repository that comes along. */
async function checkOutCommit(
  { commit, object, name = '' }: FoundCommit,
  inside: (...args: readonly string[]) => Promise<string>,
): Promise<void> {
  const branch = /^refs\/heads\/(.+)$/.exec(name)?.[1];
  if (branch === undefined) {
    if (name !== '') await inside('update-ref', name, object);
    await inside('checkout', '--quiet', '--force', '--detach', commit, '--');
  } else {
    await inside('update-ref', `refs/remotes/origin/${branch}`, commit);
    await inside('checkout', '--quiet', '--force', '--no-track', '-B', branch, commit, '--');
  }
}

async function subfolder(folder: string, subdir: string, remote: string): Promise<string> {
  const path = await resolveInRoot(folder, subdir);
  const isFolder = await lstat(path).then(
    (stats) => stats.isDirectory(),
    (error) => {
      if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    },
  );
  if (isFolder) return path;
  const message = `${withoutPassword(remote)} has no folder ${subdir}`;
  throw invalid({ code: 'git-subdir-missing', message, subject: subdir });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Removes the repository, and the files that lead from submodules to theirs. */
async function removeGitFiles(folder: string, hasParts: boolean): Promise<void> {
  await rm(join(folder, '.git'), { recursive: true, force: true });
  if (!hasParts) return;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeGitFiles(join(folder, entry.name), true);
  }
}

async function makePlain(path: string, time: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const stats = await lstat(path);
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) await makePlain(join(path, name), time, signal);
    await chmod(path, 0o755);
  } else if (stats.isFile()) await chmod(path, (stats.mode & 0o100) === 0 ? 0o644 : 0o755);
  await lutimes(path, time, time);
}
