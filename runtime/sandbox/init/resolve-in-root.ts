import { lstatSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
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

/** Makes sure that something of the right kind is at a resolved path, to mount over. */
export function makeMountPoint(path: string, kind: 'folder' | 'file'): void {
  try {
    lstatSync(path);
    return;
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error;
  }
  mkdirSync(kind === 'folder' ? path : dirname(path), { recursive: true, mode: 0o755 });
  if (kind === 'file') writeFileSync(path, '', { flag: 'wx', mode: 0o644 });
}
