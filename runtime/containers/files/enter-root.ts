import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hasErrno } from '../../os/errno.ts';
import { cString, libcFunction } from '../../os/libc.ts';
import { flagsOfMount } from '../../os/mount-options.ts';
import { DETACH, MountFlag, mount, unmount } from '../../os/syscalls.ts';
import { resolveInRoot } from '../../sandbox/init/resolve-in-root.ts';
import type { FilesRequest } from './request.ts';

const syscall = libcFunction('pivot_root', 'long syscall(long number, const uint8_t *a, const uint8_t *b)');
const chroot = libcFunction('chroot', 'int chroot(const uint8_t *path)');
const PIVOT_ROOT = process.arch === 'x64' ? 155 : 41;
const { bind, recursive, remount, readonly } = MountFlag;

/**
 * Makes a container's root this process's own, with the container's volumes in it and nothing else: no /proc, no /dev.
 * From then on every path means what it means to the container, whatever links the container makes meanwhile. While the
 * volumes are mounted such a link could still lead a mount astray, in this process's own mount namespace.
 */
export function enterRoot({ root, enter, mounts, readonlyRoot }: FilesRequest): void {
  if (enter === 'chroot') {
    chroot(root, cString(root));
    process.chdir('/');
    return;
  }
  mount('', '/', '', MountFlag.private | recursive);
  mount(root, root, '', bind | recursive);
  process.chdir(root);
  for (const each of mounts) mountVolume(each);
  if (readonlyRoot) makeReadonly('.');
  const here = cString('.');
  syscall('.', PIVOT_ROOT, here, here);
  unmount('.', DETACH);
  process.chdir('/');
}

/** Relative to the root, which is the current directory. */
function mountVolume({ source, destination, readOnly }: FilesRequest['mounts'][number]): void {
  const isFolder = kindOf(source);
  if (isFolder === undefined) return;
  const target = resolveInRoot('.', destination);
  try {
    makeMountPoint(target, isFolder);
  } catch (error) {
    // A root that is read-only, or has something else there: the container could not have it mounted either.
    if (hasErrno(error, 'EROFS', 'ENOTDIR', 'EEXIST')) return;
    throw error;
  }
  mount(source, target, '', bind | recursive);
  if (readOnly) makeReadonly(target);
}

function makeReadonly(target: string): void {
  const path = target === '.' ? process.cwd() : `${process.cwd()}/${target}`;
  const flags = flagsOfMount(readFileSync('/proc/self/mountinfo', 'utf8'), path);
  mount('', target, '', bind | remount | readonly | flags);
}

function makeMountPoint(path: string, isFolder: boolean): void {
  if (kindOf(path) !== undefined) return;
  mkdirSync(isFolder ? path : dirname(path), { recursive: true, mode: 0o755 });
  if (!isFolder) writeFileSync(path, '', { flag: 'wx', mode: 0o644 });
}

/** Whether it is a folder; undefined where there is nothing. */
function kindOf(path: string): boolean | undefined {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory();
}
