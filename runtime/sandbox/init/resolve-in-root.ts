import { lstatSync, mkdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasErrno } from '../../os/errno.ts';

/** More links than this in one path are a loop. */
const MAX_LINKS = 40;

/**
 * Where a path inside a container's root really is: every symbolic link is followed as the container would follow it, so
 * that no link of an image leads outside. Parts that do not exist stay as they are. Nothing in the root may run meanwhile.
 */
export function resolveInRoot(root: string, path: string): string {
  let rest = path.split('/').filter(Boolean);
  let done: string[] = [];
  let links = 0;
  while (rest.length > 0) {
    const [name, ...after] = rest as [string, ...string[]];
    rest = after;
    if (name === '.') continue;
    if (name === '..') {
      done.pop();
      continue;
    }
    const target = readLink(join(root, ...done, name));
    if (target === undefined) {
      done.push(name);
      continue;
    }
    if (++links > MAX_LINKS) throw new Error(`too many symbolic links in ${path}`);
    if (target.startsWith('/')) done = [];
    rest = [...target.split('/').filter(Boolean), ...rest];
  }
  return join(root, ...done);
}

function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Makes a folder with its parents, unless it is there. Node's own way never ends where a parent answers ENOENT, as /proc does. */
export function makeFolders(path: string): void {
  try {
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    if (hasErrno(error, 'EEXIST') && statSync(path).isDirectory()) return;
    const parent = dirname(path);
    if (!hasErrno(error, 'ENOENT') || parent === path) throw error;
    makeFolders(parent);
    mkdirSync(path, { mode: 0o755 });
  }
}

/** Makes sure that something of the right kind is at a resolved path, to mount over. */
export function makeMountPoint(path: string, kind: 'folder' | 'file'): void {
  try {
    lstatSync(path);
    return;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
  makeFolders(kind === 'folder' ? path : dirname(path));
  if (kind === 'file') writeFileSync(path, '', { flag: 'wx', mode: 0o644 });
}
