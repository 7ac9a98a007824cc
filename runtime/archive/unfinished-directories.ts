import { chmodSync } from 'node:fs';
import { setTimes } from '../os/syscalls.ts';
import { removeXattr } from '../os/xattr.ts';
import { keyOf } from './contained-path.ts';
import type { EntryAttributes } from './entry-attributes.ts';
import { readXattrs } from './pack.ts';
import type { TarEntry } from './tar-entry.ts';

/** Directories whose time and mode are set last: their entries change the one and need the other. */
export class UnfinishedDirectories {
  readonly #directories = new Map<string, { readonly path: Buffer; readonly entry: TarEntry }>();

  /**
   * `xattrs`: `replace` removes what the archive does not name, so that a directory of a lower layer that it names again is
   * what it says alone.
   */
  constructor(
    private readonly attributes: EntryAttributes,
    private readonly xattrs: 'add' | 'replace',
  ) {}

  add(names: readonly Buffer[], path: Buffer, entry: TarEntry): void {
    this.#directories.set(keyOf(names), { path, entry });
  }

  /** Forgets a directory that was removed, and those below it. */
  remove(path: Buffer): void {
    for (const [key, directory] of this.#directories) {
      const isBelow = directory.path.subarray(0, path.length).equals(path);
      if (isBelow && (directory.path.length === path.length || directory.path[path.length] === 0x2f)) {
        this.#directories.delete(key);
      }
    }
  }

  /** The last one first. */
  finish(): void {
    for (const { path, entry } of [...this.#directories.values()].reverse()) {
      chmodSync(path, entry.mode);
      if (this.xattrs === 'replace') {
        for (const name of readXattrs(path).keys()) if (!entry.xattrs.has(name)) removeXattr(path, name);
      }
      this.attributes.setXattrs(path, entry);
      setTimes(path, entry.mtime, entry.mtime);
    }
  }
}
