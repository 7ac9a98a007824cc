/** Gives the shortest path that means the same, by words alone, as Go's path.Clean does: `a//b/../c/.` is `a/c`, '' is `.`. */
export function cleanPath(path: string): string {
  if (path === '') return '.';
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  const joined = kept.join('/');
  if (rooted) return `/${joined}`;
  return joined === '' ? '.' : joined;
}

/** Resolves `path` against `/` and gives it without the leading slash: a path inside the root whatever it says. */
export function pathInRoot(path: string): string {
  return cleanPath(`/${path}`).slice(1);
}
