import type { ShellReader } from '../core/shell/shell-script.ts';
import type { Reading } from './reading.ts';
import { rehearsals, rehearse } from './rehearsal.ts';

/** Milliseconds of work after which the most is compiled. */
const ENOUGH = 800;
/** Milliseconds without a word from the client after which nobody waits. */
const QUIET = 200;

/** What is known of a document that was judged. */
type Judged = Pick<Reading, 'lintOptions'>;

/**
 * Rehearses, once a first document is judged and while the client is silent, text by text: V8 compiles what is used often, and the
 * next document and the next key find that done.
 */
export class WarmUp {
  private left: number;
  private work: Iterator<void> | undefined;
  private next: NodeJS.Immediate | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `begins` is called when a first document is judged, `complain` where something fails; `enough` and `quiet`: milliseconds. */
  constructor(
    private readonly begins: () => void,
    private readonly complain: (message: string) => void,
    enough = ENOUGH,
    private readonly quiet = QUIET,
  ) {
    this.left = enough;
  }

  /** Whether there is nothing more to do. */
  get isOver(): boolean {
    return this.left <= 0;
  }

  /**
   * Judges a small Dockerfile at once: whatever is done for the first time takes several times as long, and the client waits for
   * nothing but the server's start yet.
   */
  rehearse(shell: ShellReader | undefined): void {
    this.attempt(() => rehearse(shell));
  }

  /** Begins or goes on, with the rules that judged the first document; `read`: reads a text that is no document's. */
  goOn({ lintOptions: { shell, platform, settings } }: Judged, read: (text: string) => Reading): void {
    this.stop();
    if (this.work === undefined) this.begins();
    this.work ??= rehearsals({ settings, ...(platform !== undefined && { platform }), ...(shell && { shell }) }, read);
    this.continue();
  }

  /** Lets what has come from the client be seen to first. */
  makeWay(): void {
    if (this.next === undefined && this.timer === undefined) return;
    this.stop();
    this.timer = setTimeout(() => this.continue(), this.quiet).unref();
  }

  /** Does nothing more until it is told to go on. */
  stop(): void {
    clearImmediate(this.next);
    clearTimeout(this.timer);
    this.next = undefined;
    this.timer = undefined;
  }

  private continue(): void {
    this.timer = undefined;
    this.next = this.isOver ? undefined : setImmediate(() => this.step());
  }

  private step(): void {
    const began = performance.now();
    this.attempt(() => this.work?.next());
    this.left -= performance.now() - began;
    this.continue();
  }

  /** Nobody asked for it: where it fails there is no more of it, and everything else goes on. */
  private attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.left = 0;
      this.complain(`what was rehearsed failed: ${String(error)}`);
    }
  }
}
