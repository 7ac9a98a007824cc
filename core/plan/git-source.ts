/** A repository, and what of it is wanted. */
export interface GitSource {
  /** What git is given: without the fragment, and without the query of an HTTP address. */
  readonly remote: string;
  /** A branch, a tag, a full name (`refs/heads/main`) or a commit; absent for what the repository's HEAD is. */
  readonly ref?: string;
  /** Path in the repository. */
  readonly subdir?: string;
  /** The commit that it must be, or the beginning of its name. */
  readonly commit?: string;
  readonly keepGitDir?: boolean;
  readonly submodules: boolean;
}

export type GitSourceResult =
  | { readonly ok: true; readonly source: GitSource }
  | { readonly ok: false; readonly problem: string };

const SCP_LIKE = /^[A-Za-z0-9_-]+@[A-Za-z0-9.-]+:/;
const WITH_SCHEME = /^(?:https?|ssh|git):\/\//i;
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/**
 * Reads the address of a repository as BuildKit does: `REMOTE#ref:subdir`, or `REMOTE?branch=…&subdir=…` with `ref`,
 * `tag`, `branch`, `subdir`, `checksum` or `commit`, `keep-git-dir` and `submodules`. What git could take for an option
 * is refused.
 */
export function gitSource(text: string): GitSourceResult {
  const [address = '', fragment = ''] = cut(text, '#');
  const [bare = '', query = ''] = WITH_SCHEME.test(address) ? cut(address, '?') : [address];
  const [ref = '', subdir = ''] = cut(fragment, ':');
  const wishes: Wishes = { ref, subdir, submodules: true };
  const problem = addQuery(wishes, query) ?? problemOf(bare, wishes);
  if (problem !== undefined) return { ok: false, problem };
  const { commit, keepGitDir, submodules } = wishes;
  const wanted = wishes.ref === '' ? (commit ?? '') : wishes.ref;
  return {
    ok: true,
    source: {
      remote: bare,
      ...(wanted !== '' && { ref: wanted }),
      ...(wishes.subdir !== '' && { subdir: wishes.subdir }),
      ...(commit !== undefined && { commit }),
      ...(keepGitDir !== undefined && { keepGitDir }),
      submodules,
    },
  };
}

/** The commit that a source is bound to, whatever the repository says; undefined where that decides. */
export function boundCommit({ ref = '', commit = '' }: GitSource): string | undefined {
  return [commit, ref].find((name) => COMMIT.test(name));
}

/** Whether a build context is the address of a repository (`github.com/org/repo` among them), and which. */
export function gitContext(text: string): string | undefined {
  if (text.startsWith('github.com/')) return `https://${text}`;
  if (SCP_LIKE.test(text) || /^(?:git|ssh):\/\//i.test(text)) return text;
  return /^https?:\/\/[^?#]*\.git(?:[?#]|$)/i.test(text) ? text : undefined;
}

interface Wishes {
  ref: string;
  subdir: string;
  commit?: string;
  keepGitDir?: boolean;
  submodules: boolean;
}

/** Gives what is wrong with the query. */
function addQuery(wishes: Wishes, query: string): string | undefined {
  const given = new Map<string, string>();
  for (const part of query.split('&').filter((each) => each !== '')) {
    const [name = '', value = ''] = cut(part, '=').map(decoded);
    if (given.has(name)) return `query "${name}" has multiple values`;
    given.set(name, value);
  }
  for (const [name, value] of given) {
    const problem = addWish(wishes, name, value);
    if (problem !== undefined) return problem;
  }
  return given.has('branch') && given.has('tag') ? 'branch conflicts with tag' : undefined;
}

function addWish(wishes: Wishes, name: string, value: string): string | undefined {
  if (name === 'keep-git-dir' || name === 'submodules') {
    const flag = readFlag(value);
    if (flag === undefined) return `invalid ${name} value: "${value}"`;
    wishes[name === 'submodules' ? 'submodules' : 'keepGitDir'] = flag;
    return undefined;
  }
  if (value === '') return `query "${name}" has no value`;
  switch (name) {
    case 'ref':
      return setRef(wishes, value);
    case 'tag':
      return setRef(wishes, `refs/tags/${value.replace(/^refs\/tags\//, '')}`);
    case 'branch':
      return setRef(wishes, `refs/heads/${value.replace(/^refs\/heads\//, '')}`);
    case 'subdir':
      if (wishes.subdir !== '' && wishes.subdir !== value) return `subdir conflicts: "${wishes.subdir}" vs "${value}"`;
      wishes.subdir = value;
      return undefined;
    case 'checksum':
    case 'commit':
      wishes.commit = value;
      return undefined;
    default:
      return `unexpected query "${name}": it is ref, tag, branch, subdir, checksum, keep-git-dir or submodules`;
  }
}

function setRef(wishes: Wishes, ref: string): string | undefined {
  if (wishes.ref !== '' && wishes.ref !== ref) return `ref conflicts: "${wishes.ref}" vs "${ref}"`;
  wishes.ref = ref;
  return undefined;
}

/** As Go's strconv.ParseBool; a name alone is true. */
function readFlag(value: string): boolean | undefined {
  if (['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true;
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value) ? false : undefined;
}

function problemOf(remote: string, { ref, subdir, commit = '' }: Wishes): string | undefined {
  if (!SCP_LIKE.test(remote) && !WITH_SCHEME.test(remote)) return 'it is no address of http, https, ssh or git';
  const host = /^(?:[a-z]+:\/\/)?(?:[^@/]*@)?([^:/]*)/i.exec(remote)?.[1] ?? '';
  const user = /^(?:[a-z]+:\/\/)?([^@/]*)@/i.exec(remote)?.[1] ?? '';
  for (const [what, value] of Object.entries({ host, user, ref, subdir, commit })) {
    if (value.startsWith('-')) return `its ${what} begins with a dash, which git would take for an option`;
    if (/[\u0000-\u001f\u007f]/.test(value)) return `its ${what} has control characters`;
  }
  if (host === '') return 'it names no host';
  if (commit !== '' && !/^[0-9a-f]{7,64}$/.test(commit)) return `"${commit}" is no name of a commit`;
  return /[\s~^:?*[\\]|\.\.|@\{/.test(ref) ? `"${ref}" is no name of a branch, a tag or a commit` : undefined;
}

function cut(text: string, separator: string): [string] | [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
