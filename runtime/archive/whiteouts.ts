import { readdir, rm } from 'node:fs/promises';
import { invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { FileType, mknod } from '../os/syscalls.ts';
import { setXattr } from '../os/xattr.ts';
import { joinPath, keyOf, lstatOrUndefined } from './contained-path.ts';

/** Begins the name of an entry that says that something of a lower layer is deleted (OCI image-spec, layer.md, Whiteouts). */
export const WHITEOUT_PREFIX = '.wh.';
/** Says that nothing of the lower layers is in this directory. */
export const OPAQUE_MARKER = '.wh..wh..opq';

/**
 * What deletions become: overlay's device 0/0 and an attribute in the `trusted` or `user` namespace; a real deletion in
 * a directory that holds the lower layers too; or nothing: a build context's names mean themselves.
 */
export type WhiteoutFormat = 'overlay-trusted' | 'overlay-user' | 'delete' | 'literal';

/** What an entry's last name says. */
export type WhiteoutKind =
  | { readonly kind: 'none' }
  | { readonly kind: 'opaque' }
  | { readonly kind: 'reserved' }
  | { readonly kind: 'deleted'; readonly name: Buffer };

/** Reads an entry's last name. */
export function whiteoutKind(name: Buffer): WhiteoutKind {
  if (!name.toString('latin1', 0, WHITEOUT_PREFIX.length).startsWith(WHITEOUT_PREFIX)) return { kind: 'none' };
  const rest = name.toString('latin1', WHITEOUT_PREFIX.length);
  if (rest === '.wh..opq') return { kind: 'opaque' };
  if (rest.startsWith('.wh.')) return { kind: 'reserved' };
  if (rest === '' || rest === '.' || rest === '..') {
    throw invalid({
      code: 'path-escapes',
      message: `the archive is refused: it deletes ${JSON.stringify(rest)}, which is no name`,
    });
  }
  return { kind: 'deleted', name: name.subarray(WHITEOUT_PREFIX.length) };
}

/** Name of the attribute by which overlay marks an opaque directory. */
export function opaqueAttribute(format: 'overlay-trusted' | 'overlay-user'): string {
  return format === 'overlay-trusted' ? 'trusted.overlay.opaque' : 'user.overlay.opaque';
}

/** Applies the layer's deletions to the directory that the layer is unpacked into. */
export class Whiteouts {
  /** Keys of what this layer has brought: its own deletions do not touch that. */
  readonly #brought = new Set<string>();
  readonly #deleted = new Set<string>();

  constructor(
    private readonly root: Buffer,
    private readonly format: WhiteoutFormat,
  ) {}

  /** Takes note of an entry that the layer brings. */
  bring(names: readonly Buffer[]): void {
    if (this.format === 'delete') this.#brought.add(keyOf(names));
  }

  /** After a directory was made: what was deleted and made again hides what lies below. */
  madeDirectory(names: readonly Buffer[]): void {
    if (this.#deleted.has(keyOf(names))) this.#markOpaque(names);
  }

  async opaque(directory: readonly Buffer[]): Promise<void> {
    if (this.format === 'delete') await this.#clear(directory);
    else this.#markOpaque(directory);
  }

  async delete(names: readonly Buffer[]): Promise<void> {
    const path = joinPath(this.root, names);
    if (this.format === 'delete') {
      if (!this.#brought.has(keyOf(names))) await rm(path, { recursive: true, force: true });
      else if ((await lstatOrUndefined(path))?.isDirectory()) await this.#clear(names);
      return;
    }
    this.#deleted.add(keyOf(names));
    try {
      mknod(path, FileType.character, { major: 0, minor: 0 });
    } catch (error) {
      if (!hasErrno(error, 'EEXIST')) throw error;
      if ((await lstatOrUndefined(path))?.isDirectory()) this.#markOpaque(names);
    }
  }

  #markOpaque(directory: readonly Buffer[]): void {
    if (this.format === 'overlay-trusted' || this.format === 'overlay-user') {
      setXattr(joinPath(this.root, directory), opaqueAttribute(this.format), Buffer.from('y'));
    }
  }

  /** Deletes what lower layers have in a directory. */
  async #clear(directory: readonly Buffer[]): Promise<void> {
    for (const name of await readdir(joinPath(this.root, directory), { encoding: 'buffer' })) {
      const names = [...directory, name];
      const path = joinPath(this.root, names);
      if (!this.#brought.has(keyOf(names))) await rm(path, { recursive: true, force: true });
      else if ((await lstatOrUndefined(path))?.isDirectory()) await this.#clear(names);
    }
  }
}
