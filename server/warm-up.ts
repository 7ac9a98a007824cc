import { DockerfileReader } from '../core/dockerfile/dockerfile-reader.ts';
import { IncrementalLinter } from '../core/lint/incremental/incremental-linter.ts';
import { type LintOptions, ownProblems, RULES } from '../core/lint/lint.ts';
import { DEFAULT_LIMIT } from './limited-diagnostics.ts';
import type { Reading } from './reading.ts';
import { writeDiagnostics } from './written-diagnostics.ts';

/** Milliseconds of work after which the most is compiled. */
const ENOUGH = 400;
/** So many examples make a text of about fifty lines, which takes a few milliseconds. */
const TOGETHER = 16;

/**
 * Judges the examples of the rules, once a first document is judged and while none changes, text by text: V8 compiles what is
 * used often, and the next document and the next key find that done.
 */
export class WarmUp {
  private left: number;
  private count = 0;
  private next: NodeJS.Immediate | undefined;
  private texts: readonly string[] | undefined;

  /** `enough`: milliseconds. */
  constructor(enough = ENOUGH) {
    this.left = enough;
  }

  /** Whether there is nothing more to do. */
  get isOver(): boolean {
    return this.left <= 0;
  }

  /** Goes on, with the rules that judged a document. */
  goOn({ lintOptions: { shell, platform, settings } }: Pick<Reading, 'lintOptions'>): void {
    if (this.isOver) return;
    const options: LintOptions = { settings, ...(platform !== undefined && { platform }), ...(shell && { shell }) };
    this.pause();
    const step = (): void => {
      const began = performance.now();
      this.texts ??= examples();
      judge(this.texts[this.count++ % this.texts.length] ?? '', options);
      this.left -= performance.now() - began;
      if (!this.isOver) this.next = setImmediate(step);
    };
    this.next = setImmediate(step);
  }

  /** Makes way for what somebody waits for. */
  pause(): void {
    clearImmediate(this.next);
    this.next = undefined;
  }
}

/** As when it is opened, and when a letter and a line are typed in its middle and taken away. */
function judge(text: string, options: LintOptions): void {
  const reader = new DockerfileReader();
  const linter = new IncrementalLinter();
  const middle = text.indexOf('\n', text.length / 2);
  const withTyped = (typed: string): string => text.slice(0, middle) + typed + text.slice(middle);
  for (const version of [text, withTyped('x'), withTyped('\n'), text]) {
    const parsed = reader.read(version);
    writeDiagnostics({ problems: ownProblems(parsed) }, linter.lint(parsed.value, version, options), [], DEFAULT_LIMIT);
  }
}

function examples(): string[] {
  const all = RULES.flatMap(({ docs: { bad, good } }) => [bad, good]);
  const texts: string[] = [];
  for (let at = 0; at < all.length; at += TOGETHER) texts.push(`${all.slice(at, at + TOGETHER).join('\n')}\n`);
  return texts;
}
