import { lstat, mkdir, readlink } from 'node:fs/promises';
import { type EngineError, invalid } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { shownName } from './shown-name.ts';

const SLASH = 0x2f;
/** As many symbolic links in one path as the kernel follows. */
const MOST_LINKS = 40;

/** The error for an entry that would be written outside of where its archive is unpacked. */
export function escapes(name: Buffer): EngineError {
  return invalid({
    code: 'path-escapes',
    message: `the archive is refused: its entry ${shownName(name)} lies outside the directory it is unpacked into`,
    subject: name.toString(),
  });
}

/** Names of a path from the root on, without `.` and empty ones; `..` takes one away, and above the root is refused. */
export function splitPath(path: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let start = 0; start <= path.length; ) {
    const slash = path.indexOf(SLASH, start);
    const end = slash === -1 ? path.length : slash;
    const name = path.subarray(start, end);
    start = end + 1;
    if (name.length === 0 || (name.length === 1 && name[0] === 0x2e)) continue;
    if (name.length === 2 && name[0] === 0x2e && name[1] === 0x2e) {
      if (names.pop() === undefined) throw escapes(path);
    } else names.push(name);
  }
  return names;
}

/** Joins names below a root. */
export function joinPath(root: Buffer, names: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [root];
  for (const name of names) parts.push(Buffer.of(SLASH), name);
  return Buffer.concat(parts);
}

/** Called before a directory is made that the archive itself does not name. */
export type MakeParent = (path: Buffer, names: readonly Buffer[]) => Promise<void>;

/**
 * Finds directories below a root, following symbolic links as a process would whose root this is: a link never leads
 * outside. Remembers the directories that it has seen: `forget` must be told of what is removed.
 */
export class ContainedDirectories {
  /** Names as written (latin1, so that any bytes are a key) → names as they are. */
  #known = new Map<string, readonly Buffer[]>();

  constructor(
    private readonly root: Buffer,
    private readonly makeParent: MakeParent = (path) => mkdir(path, 0o755),
    /** What becomes of missing directories that a link names from the root on, or climbing above it. */
    private readonly beyondLinks: 'made' | 'refused' = 'made',
  ) {}

  /** Names of the real directory, made where it is missing. */
  resolve(names: readonly Buffer[]): Promise<readonly Buffer[]> | readonly Buffer[] {
    return this.#known.get(keyOf(names)) ?? this.#walk(names);
  }

  /** Takes note of a directory that was just made. */
  add(names: readonly Buffer[]): void {
    this.#known.set(keyOf(names), names);
  }

  has(names: readonly Buffer[]): boolean {
    return this.#known.has(keyOf(names));
  }

  /** A directory was removed or replaced. */
  forget(): void {
    this.#known = new Map();
  }

  async #walk(names: readonly Buffer[]): Promise<readonly Buffer[]> {
    const todo = [...names].reverse();
    let real: Buffer[] = [];
    let links = 0;
    let isBeyond = false;
    while (todo.length > 0) {
      const name = todo.pop()!;
      if (name.length === 2 && name[0] === 0x2e && name[1] === 0x2e) {
        // From a link's target: at the root, `..` is the root.
        if (real.pop() === undefined) isBeyond = true;
        continue;
      }
      const next: Buffer[] = [...real, name];
      if (this.#known.get(keyOf(next))?.length === next.length) {
        real = [...this.#known.get(keyOf(next))!];
        continue;
      }
      const path = joinPath(this.root, next);
      const stats = await lstatOrUndefined(path);
      if (stats === undefined) {
        if (isBeyond && this.beyondLinks === 'refused') throw escapes(joinPath(Buffer.alloc(0), names));
        await this.makeParent(path, next);
      } else if (stats.isSymbolicLink()) {
        if (++links > MOST_LINKS) throw escapes(joinPath(Buffer.alloc(0), names));
        const target = await readlink(path, { encoding: 'buffer' });
        if (target[0] === SLASH) {
          real = [];
          isBeyond = true;
        }
        todo.push(...namesOfLink(target).reverse());
        continue;
      } else if (!stats.isDirectory()) {
        throw invalid({
          code: 'not-a-directory',
          message: `${shownName(joinPath(Buffer.alloc(0), next))} in the archive is not a directory, yet has entries below it`,
        });
      }
      real = next;
    }
    this.#known.set(keyOf(names), real);
    return real;
  }
}

/** Names of a link's target; `..` stays. */
function namesOfLink(target: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let start = 0; start <= target.length; ) {
    const slash = target.indexOf(SLASH, start);
    const end = slash === -1 ? target.length : slash;
    const name = target.subarray(start, end);
    if (name.length > 0 && !(name.length === 1 && name[0] === 0x2e)) names.push(name);
    start = end + 1;
  }
  return names;
}

/** A key for names that are any bytes. */
export function keyOf(names: readonly Buffer[]): string {
  return names.map((name) => name.toString('latin1')).join('/');
}

/** lstat, or undefined where there is nothing. */
export async function lstatOrUndefined(path: Buffer | string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
