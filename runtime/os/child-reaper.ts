import { constants } from 'node:os';
import koffi from 'koffi';
import { internal } from '../errors.ts';
import { type ChildExit, childExit } from './child-exit.ts';
import { Orphans } from './orphans.ts';
import { parentOf } from './process-tree.ts';

const libc = koffi.load(null);
const prctl = libc.func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)');
const waitpid = libc.func('int waitpid(int pid, _Out_ int *status, int options)');
const PR_SET_CHILD_SUBREAPER = 36;
const WNOHANG = 1;

/**
 * Waits for processes that became children of the daemon when a runtime left them behind. Each is waited for by its own
 * id, when the kernel says SIGCHLD, so that Node's own children are never touched.
 */
export class ChildReaper implements Disposable {
  readonly #orphans: Orphans;
  readonly #waiting = new Map<number, (exit: ChildExit) => void>();
  readonly #onSignal = (): void => this.#reap();
  /** A signal handler alone does not keep Node running, and somebody waits. */
  #alive: NodeJS.Timeout | undefined;

  /** Makes orphaned descendants of this process its children (prctl PR_SET_CHILD_SUBREAPER). */
  constructor() {
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0) {
      throw internal({ code: 'subreaper-failed', message: `cannot adopt orphaned processes: errno ${koffi.errno()}` });
    }
    this.#orphans = new Orphans((pid) => this.#waiting.has(pid));
  }

  /**
   * Resolves when the child has ended; at once, with 137, where there is no such child. What is the child of one that will
   * leave it to this process is waited for, too: crun has it so.
   */
  wait(pid: number): Promise<ChildExit> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) {
        process.on('SIGCHLD', this.#onSignal);
        this.#alive = setInterval(() => {}, 2 ** 30);
      }
      this.#waiting.set(pid, resolve);
      this.#reap();
    });
  }

  /** Whoever still waits does so for ever. */
  [Symbol.dispose](): void {
    this.#orphans[Symbol.dispose]();
    this.#rest();
  }

  #reap(): void {
    for (const [pid, resolve] of this.#waiting) {
      const status = [0];
      const result = waitpid(pid, status, WNOHANG);
      if (result === 0 || (result < 0 && isDescendant(pid))) continue;
      this.#waiting.delete(pid);
      resolve(
        result === pid
          ? childExit(status[0]!, Date.now())
          : { exitCode: 137, signal: constants.signals.SIGKILL, at: Date.now() },
      );
    }
    if (this.#waiting.size === 0) this.#rest();
  }

  #rest(): void {
    process.off('SIGCHLD', this.#onSignal);
    clearInterval(this.#alive);
  }
}

function isDescendant(pid: number): boolean {
  let at: number | undefined = pid;
  while (at !== undefined && at > 1 && at !== process.pid) at = parentOf(at);
  return at === process.pid;
}
