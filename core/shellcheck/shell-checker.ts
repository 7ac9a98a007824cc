import { spawn } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import pLimit from 'p-limit';
import { parseShellCheck, type ShellCheckComment } from '../lint/shellcheck-comments.ts';
import type { CheckedScript } from '../lint/shellcheck-scripts.ts';
import { within } from '../time/within.ts';

/** How many scripts are remembered. */
const MOST = 2000;
/** Milliseconds for one script. */
const LONGEST = 10_000;
/** Longer ones are not checked: it would take seconds. */
const LONGEST_SCRIPT = 1 << 16;

/** Has ShellCheck's program judge scripts, each once; says nothing where the program is not installed. */
export class ShellChecker {
  private readonly known = new Map<string, readonly ShellCheckComment[]>();
  private readonly limit = pLimit(2);
  private missing = false;

  /** `env`: PATH, by which the program is found. */
  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** Whether a script could not be checked because the program is not there. */
  get isMissing(): boolean {
    return this.missing;
  }

  /** What was found before; undefined where the script was not checked yet. */
  commentsOn({ text }: CheckedScript): readonly ShellCheckComment[] | undefined {
    return this.known.get(text);
  }

  /** Checks scripts that were not yet; says whether there were any. Error: the signal's reason, or what the program says. */
  async check(scripts: readonly CheckedScript[], signal: AbortSignal): Promise<boolean> {
    const texts = new Set(scripts.map(({ text }) => text));
    const fresh = [...texts].filter((text) => !this.known.has(text) && text.length < LONGEST_SCRIPT);
    if (fresh.length === 0 || this.missing) return false;
    if (this.known.size + fresh.length > MOST) this.known.clear();
    await Promise.all(
      fresh.map((text) =>
        this.limit(async () => {
          signal.throwIfAborted();
          if (!this.missing) this.known.set(text, await this.run(text, signal));
        }),
      ),
    );
    return !this.missing;
  }

  private async run(script: string, signal: AbortSignal): Promise<readonly ShellCheckComment[]> {
    const { PATH = '/usr/bin:/bin' } = this.env;
    const child = spawn('shellcheck', ['--norc', '--format=json1', '-'], {
      // What is found by where one stands may be a workspace's own.
      env: { PATH: PATH.split(':').filter(isAbsolute).join(':'), LANG: 'C.UTF-8' },
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore'],
      signal: within(LONGEST, signal),
    });
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    // Whoever ends before it has read all says so by its exit code.
    child.stdin.once('error', () => undefined);
    child.stdin.end(script);
    try {
      const [output, code] = await Promise.all([textOf(child.stdout), ended]);
      // 0: nothing found, 1: something; else it could not do its work.
      return code === 0 || code === 1 ? parseShellCheck(output) : [];
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      this.missing = true;
      return [];
    }
  }
}
