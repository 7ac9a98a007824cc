import type { BigIntStats } from 'node:fs';
import type { PlannedFile } from '../../core/plan/effect.ts';
import type { PackedEntry } from '../archive/pack.ts';
import { tarEntry } from '../archive/tar-entry.ts';

/** Finds the hard links among the files of one directory that COPY or ADD brings; files named one by one are copies. */
export class CopiedLinks {
  readonly #names = new Map<string, Buffer>();
  /** An archive may put something else where the first of the links is. */
  readonly #isPossible: boolean;

  constructor(files: readonly PlannedFile[]) {
    this.#isPossible = !files.some(({ extract }) => extract === true);
  }

  /** The link to an earlier file of the same directory; undefined for what is the first, or no file. */
  linked(
    { directory }: PlannedFile,
    stats: BigIntStats,
    name: Buffer,
    as: { readonly mode: number; readonly uid: number; readonly gid: number },
  ): PackedEntry | undefined {
    if (!this.#isPossible || directory === undefined || !stats.isFile() || stats.nlink === 1n) return undefined;
    const inode = `${directory}:${stats.dev}:${stats.ino}`;
    const first = this.#names.get(inode);
    if (first === undefined) this.#names.set(inode, name);
    if (first === undefined) return undefined;
    const mtime = (stats.mtimeNs / 1_000_000_000n) * 1_000_000_000n;
    return { entry: tarEntry({ ...as, name, type: 'hardlink', linkname: first, mtime }) };
  }
}
