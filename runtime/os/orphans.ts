import { readdir, readFile } from 'node:fs/promises';
import koffi from 'koffi';
import { hasErrno } from './errno.ts';
import { processStat } from './process-tree.ts';

const waitpid = koffi.load(null).func('int waitpid(int pid, _Out_ int *status, int options)');
const WNOHANG = 1;
/** Milliseconds in which whoever waits for a child takes it. */
const PATIENCE = 2000;

/**
 * Takes the ended children that nobody waits for: what a runtime left when it failed half-way. As long as such a process
 * is not taken, the kernel does not let the container's first process end either.
 */
export class Orphans implements Disposable {
  readonly #onSignal = (): void => this.#look();
  #seen: ReadonlySet<number> = new Set();
  #due: NodeJS.Timeout | undefined;

  constructor(private readonly isAwaited: (pid: number) => boolean) {
    process.on('SIGCHLD', this.#onSignal);
  }

  [Symbol.dispose](): void {
    process.off('SIGCHLD', this.#onSignal);
    clearTimeout(this.#due);
  }

  #look(): void {
    this.#due ??= setTimeout(() => void this.#check(), PATIENCE).unref();
  }

  /** Those that had ended at the last look, too, are nobody's: Node takes its own at once. */
  async #check(): Promise<void> {
    const ended = await endedChildren();
    for (const pid of ended) if (this.#seen.has(pid) && !this.isAwaited(pid)) waitpid(pid, [0], WNOHANG);
    this.#seen = new Set(ended.filter((pid) => !this.#seen.has(pid)));
    this.#due = undefined;
    if (this.#seen.size > 0) this.#look();
  }
}

async function endedChildren(): Promise<number[]> {
  const tasks = await readdir('/proc/self/task');
  const lists = await Promise.all(tasks.map((task) => childrenOf(`/proc/self/task/${task}/children`)));
  const stats = await Promise.all(lists.flat().map(processStat));
  return stats.flatMap((stat) => (stat?.state === 'Z' ? [stat.pid] : []));
}

async function childrenOf(path: string): Promise<number[]> {
  try {
    return (await readFile(path, 'utf8'))
      .split(' ')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch (error) {
    // The thread has ended, or a kernel without this file.
    if (hasErrno(error, 'ENOENT', 'ESRCH')) return [];
    throw error;
  }
}
