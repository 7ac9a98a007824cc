import { type BigIntStats, lstatSync } from 'node:fs';
import { joinPath, keyOf } from './contained-path.ts';
import { readXattrs } from './pack.ts';
import type { TarEntry } from './tar-entry.ts';

/**
 * Files of trees that were unpacked earlier and are never written to again. An archive's file may be one of them, under the
 * same name and with all that a file system tells of it; what it holds is for the caller to compare.
 *
 * Each is given once, and none from a tree in which two names are one file: otherwise names that the archive has as files of
 * their own would become one, which a program that keeps hard links would take for such.
 */
export class EarlierFiles {
  /** Where the trees have a directory; by its name, as bytes in latin1. */
  readonly #places = new Map<string, readonly Buffer[]>();
  readonly #given = new Set<bigint>();

  /** `roots`: the trees on one file system, the likeliest first. */
  constructor(private readonly roots: readonly Buffer[]) {}

  /** The path of a file that looks as the entry does; undefined where there is none. */
  find(names: readonly Buffer[], entry: TarEntry): Buffer | undefined {
    if (entry.xattrs.size > 0) return undefined;
    for (const place of this.#placesOf(names.slice(0, -1))) {
      const path = joinPath(place, names.slice(-1));
      const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (stats === undefined || this.#given.has(stats.ino) || !looksLike(stats, entry)) continue;
      if (readXattrs(path).size > 0) continue;
      this.#given.add(stats.ino);
      return path;
    }
    return undefined;
  }

  /** Real directories alone: a link in a tree may lead to anywhere on this machine. */
  #placesOf(names: readonly Buffer[]): readonly Buffer[] {
    if (names.length === 0) return this.roots;
    const key = keyOf(names);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const places = this.#placesOf(names.slice(0, -1))
      .map((place) => joinPath(place, names.slice(-1)))
      .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true);
    this.#places.set(key, places);
    return places;
  }
}

function looksLike(stats: BigIntStats, { size, mode, uid, gid, mtime }: TarEntry): boolean {
  return (
    stats.isFile() &&
    Number(stats.size) === size &&
    (Number(stats.mode) & 0o7777) === mode &&
    Number(stats.uid) === uid &&
    Number(stats.gid) === gid &&
    stats.mtimeNs === mtime
  );
}
