import { DockerfileReader } from '../core/dockerfile/dockerfile-reader.ts';
import { IncrementalLinter } from '../core/lint/incremental/incremental-linter.ts';
import { type LintOptions, ownProblems, RULES } from '../core/lint/lint.ts';
import { DEFAULT_SETTINGS } from '../core/lint/lint-settings.ts';
import type { ShellReader } from '../core/shell/shell-script.ts';
import { DEFAULT_LIMIT } from './limited-diagnostics.ts';
import type { Reading } from './reading.ts';
import { writeDiagnostics } from './written-diagnostics.ts';

/** Milliseconds of work after which the most is compiled. */
const ENOUGH = 800;
/** Milliseconds without a word from the client after which nobody waits. */
const QUIET = 200;
/** So many examples make a text of about fifty lines, which takes a few milliseconds. */
const TOGETHER = 16;

/** Most of what Dockerfiles have, once. */
const REHEARSED = `FROM debian:12 AS build
# What it is built with
ARG VERSION=1
ENV PATH=/srv/bin:$PATH NAME="example"
WORKDIR /srv
COPY --chown=1000 package.json ./
RUN apt-get update && \\
    apt-get install -y curl
RUN --mount=type=cache,target=/root/.npm npm ci
FROM debian:12
COPY --from=build /srv /srv
LABEL org.opencontainers.image.version="$VERSION"
EXPOSE 80/tcp
HEALTHCHECK --interval=30s CMD curl -f http://localhost || exit 1
USER 1000
ENTRYPOINT ["node", "server.js"]
CMD npm start
`;

/** What is known of a document that was judged. */
type Judged = Pick<Reading, 'lintOptions'>;

/**
 * Judges the examples of the rules, once a first document is judged and while the client is silent, text by text: V8 compiles
 * what is used often, and the next document and the next key find that done.
 */
export class WarmUp {
  private left: number;
  private work: Iterator<void> | undefined;
  private next: NodeJS.Immediate | undefined;
  private timer: NodeJS.Timeout | undefined;

  /** `enough` and `quiet`: milliseconds. */
  constructor(
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
    new Rehearsed({ settings: DEFAULT_SETTINGS, ...(shell && { shell }) }).judge(REHEARSED);
  }

  /** Begins or goes on, at first with the rules that judged a document. */
  goOn({ lintOptions: { shell, platform, settings } }: Judged): void {
    this.stop();
    this.work ??= judging({ settings, ...(platform !== undefined && { platform }), ...(shell && { shell }) });
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
    this.work?.next();
    this.left -= performance.now() - began;
    this.continue();
  }
}

/** Judges every text again and again, as when it is opened, and when a letter and a line are typed in its middle and taken away. */
function* judging(options: LintOptions): Generator<void, void> {
  const texts = examples();
  for (let count = 0; ; count++) {
    const text = texts[count % texts.length] ?? '';
    const document = new Rehearsed(options);
    const middle = text.indexOf('\n', text.length / 2);
    const withTyped = (typed: string): string => text.slice(0, middle) + typed + text.slice(middle);
    for (const version of [text, withTyped('x'), withTyped('\n'), text]) {
      document.judge(version);
      yield;
    }
  }
}

/** A document that nobody sees. */
class Rehearsed {
  private readonly reader = new DockerfileReader();
  private readonly linter = new IncrementalLinter();

  constructor(private readonly options: LintOptions) {}

  judge(text: string): void {
    const parsed = this.reader.read(text);
    const found = this.linter.lint(parsed.value, text, this.options);
    writeDiagnostics({ problems: ownProblems(parsed) }, found, [], DEFAULT_LIMIT);
  }
}

function examples(): string[] {
  const all = RULES.flatMap(({ docs: { bad, good } }) => [bad, good]);
  const texts: string[] = [];
  for (let at = 0; at < all.length; at += TOGETHER) texts.push(`${all.slice(at, at + TOGETHER).join('\n')}\n`);
  return texts;
}
