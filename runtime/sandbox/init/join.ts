import { closeSync, openSync } from 'node:fs';
import { Namespace, setns, unshare } from '../../os/syscalls.ts';
import type { NamespacePath } from './config.ts';

const CLONE_FS = 0x200;

/** Joins namespaces by path; all are opened first, because after the mount namespace the paths mean something else. */
export function joinNamespaces(wanted: readonly NamespacePath[]): void {
  const open = wanted.map(({ type, path }) => ({ type, fd: openSync(path, 'r') }));
  const mountLast = [...open.filter((each) => each.type !== 'mount'), ...open.filter((each) => each.type === 'mount')];
  for (const { type, fd } of mountLast) {
    // Node's threads share one root and working directory, which no thread may change alone.
    if (type === 'mount') unshare(CLONE_FS);
    setns(fd, Namespace[type]);
    closeSync(fd);
  }
}
