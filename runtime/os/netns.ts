import { closeSync, openSync, writeFileSync } from 'node:fs';
import { hasErrno } from './errno.ts';
import { libcFunction, SystemCallError } from './libc.ts';
import { DETACH, MountFlag, mount, unmount } from './syscalls.ts';

const unshare = libcFunction('unshare', 'int unshare(int flags)');
const setns = libcFunction('setns', 'int setns(int fd, int type)');
const CLONE_NEWNET = 0x40000000;

/**
 * Network namespaces belong to threads: everything here is synchronous, acts on the calling thread, and has it back in
 * its own namespace before it returns.
 */
export class ThreadNetns {
  readonly #home = openSync('/proc/thread-self/ns/net', 'r');

  /** Puts the calling thread into a new namespace for good, and makes that its home. */
  static makeHome(): ThreadNetns {
    unshare('network namespace', CLONE_NEWNET);
    return new ThreadNetns();
  }

  /** Puts the calling thread for good into the namespace that is mounted at `path`; undefined where none is. */
  static enterHome(path: string): ThreadNetns | undefined {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined;
      throw error;
    }
    try {
      setns(path, fd, CLONE_NEWNET);
      return new ThreadNetns();
    } catch (error) {
      // A plain file, whose mount has gone.
      if (error instanceof SystemCallError && error.errnoName === 'EINVAL') return undefined;
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Makes a namespace that lasts as long as the file `path` is mounted; gives what `work` gives inside it. */
  create<T>(path: string, work: () => T): T {
    closeSync(openSync(path, 'wx', 0o600));
    try {
      unshare('network namespace', CLONE_NEWNET);
      mount('/proc/thread-self/ns/net', path, '', MountFlag.bind);
      return work();
    } finally {
      setns('network namespace', this.#home, CLONE_NEWNET);
    }
  }

  /** Mounts the home namespace on a new file at `path`. */
  expose(path: string): void {
    closeSync(openSync(path, 'wx', 0o600));
    mount('/proc/thread-self/ns/net', path, '', MountFlag.bind);
  }

  /** Does something inside the namespace at `path`. Needs the right to come back: root, or a home of its own. */
  within<T>(path: string, work: () => T): T {
    const fd = openSync(path, 'r');
    try {
      setns(path, fd, CLONE_NEWNET);
      return work();
    } finally {
      setns('network namespace', this.#home, CLONE_NEWNET);
      closeSync(fd);
    }
  }

  close(): void {
    closeSync(this.#home);
  }
}

/** Lets a namespace go; the file stays. */
export function releaseNetns(path: string): void {
  unmount(path, DETACH);
}

/** Writes a setting below /proc/sys/net of the calling thread's namespace. */
export function setNetSysctl(name: string, value: string): void {
  writeFileSync(`/proc/sys/net/${name}`, value);
}
