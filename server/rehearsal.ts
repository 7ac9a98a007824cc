import { DockerfileReader } from '../core/dockerfile/dockerfile-reader.ts';
import { IncrementalLinter } from '../core/lint/incremental/incremental-linter.ts';
import { type LintOptions, ownProblems, RULES } from '../core/lint/lint.ts';
import { DEFAULT_SETTINGS } from '../core/lint/lint-settings.ts';
import type { ShellReader } from '../core/shell/shell-script.ts';
import { completions } from './features/completion.ts';
import { documentSymbols } from './features/document-symbols.ts';
import { foldingRanges } from './features/folding.ts';
import { SemanticColours } from './features/semantic-tokens.ts';
import { DEFAULT_LIMIT } from './limited-diagnostics.ts';
import type { Reading } from './reading.ts';
import { writeDiagnostics } from './written-diagnostics.ts';

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

/** Judges a small Dockerfile once. */
export function rehearse(shell: ShellReader | undefined): void {
  new Rehearsed({ settings: DEFAULT_SETTINGS, ...(shell && { shell }) }).judge(REHEARSED);
}

/**
 * Judges every text again and again, as when it is opened, and when a letter and a line are typed in its middle and taken away, and
 * answers what an editor asks meanwhile. The texts are the examples of the rules.
 */
export function* rehearsals(options: LintOptions, read: (text: string) => Reading): Generator<void, void> {
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
    answer(read(text));
    yield;
  }
}

/** What is asked for at nearly every key; nothing of it waits for the context or the engine. */
function answer(reading: Reading): void {
  const { instructions } = reading.dockerfile;
  const { startLine = 0 } = instructions[instructions.length >> 1]?.node ?? {};
  // Where it fails nobody waits for it.
  completions(reading, { line: startLine, character: 0 }, NEVER).catch(() => undefined);
  new SemanticColours().full(reading);
  documentSymbols(reading);
  foldingRanges(reading);
}

const NEVER = new AbortController().signal;

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
