import { lchown } from 'node:fs/promises';
import { hasErrno } from '../os/errno.ts';
import { setXattr } from '../os/xattr.ts';
import type { TarEntry } from './tar-entry.ts';
import type { FileOwner } from './write-file.ts';

export interface EntryAttributesOptions {
  /** `where-possible` leaves files to this process's user whose owner does not exist in its user namespace. */
  readonly ownership?: 'exact' | 'where-possible' | undefined;
  /** Whose everything becomes, whatever the archive says. */
  readonly owner?: FileOwner | undefined;
}

/** Gives files the owner and the extended attributes of an archive's entries, as far as this machine allows. */
export class EntryAttributes {
  readonly #warnings = new Set<string>();
  readonly #uid = process.geteuid?.() ?? 0;
  readonly #gid = process.getegid?.() ?? 0;

  constructor(private readonly options: EntryAttributesOptions) {}

  /** What could not be kept. One sentence each. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  warn(sentence: string): void {
    this.#warnings.add(sentence);
  }

  /** Whose an entry's file is to be; undefined where it is this process's anyhow. */
  ownerOf(entry: TarEntry): FileOwner | undefined {
    const { uid, gid } = this.options.owner ?? entry;
    return uid === this.#uid && gid === this.#gid ? undefined : { uid, gid };
  }

  async own(path: Buffer, entry: TarEntry): Promise<void> {
    const owner = this.ownerOf(entry);
    if (owner === undefined) return;
    try {
      await lchown(path, owner.uid, owner.gid);
    } catch (error) {
      if (!this.toleratesOwner(error)) throw error;
    }
  }

  /** Whether a file may stay this process's, where its owner does not exist here. */
  toleratesOwner(error: unknown): boolean {
    if (this.options.ownership !== 'where-possible' || !hasErrno(error, 'EINVAL', 'EPERM')) return false;
    this.warn('files of other users were given to root: this user namespace has one id only');
    return true;
  }

  setXattrs(path: Buffer, entry: TarEntry): void {
    for (const [name, value] of entry.xattrs) {
      // What overlay itself keeps in attributes must not come from outside: it would redirect whole directories.
      if (name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.')) continue;
      try {
        setXattr(path, name, value);
      } catch (error) {
        if (!hasErrno(error, 'EOPNOTSUPP', 'ENOTSUP', 'EPERM', 'EINVAL')) throw error;
        this.warn(`the attribute ${name} was left out: this file system or user cannot set it`);
      }
    }
  }
}
