import { readFile } from 'node:fs/promises';
import { conflict } from '../errors.ts';
import { hasErrno } from '../os/errno.ts';
import { DETACH, unmount } from '../os/syscalls.ts';

/** Counts who uses a mount, so that the last one ends it. */
export class CountedMounts {
  readonly #open = new Map<string, { readonly path: string; count: number }>();

  /** Gives the path under `key`, calling `make` for the first user only. */
  use(key: string, make: () => string): string {
    const found = this.#open.get(key);
    if (found !== undefined) {
      found.count++;
      return found.path;
    }
    const path = make();
    this.#open.set(key, { path, count: 1 });
    return path;
  }

  /** One user fewer; gives the path when it was the last, for the caller to end. An unknown key is no error. */
  release(key: string): string | undefined {
    const found = this.#open.get(key);
    if (found === undefined || --found.count > 0) return undefined;
    this.#open.delete(key);
    return found.path;
  }

  /** Forgets all users; gives the path where there was one. */
  releaseAll(key: string): string | undefined {
    const found = this.#open.get(key);
    this.#open.delete(key);
    return found?.path;
  }

  /** Throws `conflict` where somebody uses the mount. */
  checkUnused(key: string): void {
    if (!this.#open.has(key)) return;
    throw conflict({ code: 'snapshot-mounted', message: `snapshot ${key} is mounted: unmount it first`, subject: key });
  }
}

/** Ends a mount, though files of it may be open still. */
export function endMount(path: string): void {
  try {
    unmount(path);
  } catch (error) {
    if (hasErrno(error, 'EBUSY')) unmount(path, DETACH);
    else if (!hasErrno(error, 'EINVAL', 'ENOENT')) throw error;
  }
}

/** Mount points of this process's namespace below a folder, innermost first. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[4] ?? ''))
    .filter((path) => path.startsWith(`${folder}/`))
    .reverse();
}

/** Spaces and their kind are octal in mountinfo (proc(5)). */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
