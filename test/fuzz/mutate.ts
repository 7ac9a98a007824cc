import type { Random } from '../faults/random.ts';

/** Words that mean something to a Dockerfile, or to something that reads parts of one. */
const WORDS = [
  ...['\\\n', '\\', '`', '\n', '\r\n', '\r', ' ', '\t', '\v', '\u00a0', '\ufeff', '\0', '\ud83d', '😀', 'é'],
  ...['"', "'", '$', '${', '}', '$(', ')', '${A:-', '${A:+', '${A#', '${A//', '$$', '|', '&&', ';', '>', '<'],
  ...['<<E\n', '<<-"E"\n', 'E\n', '<<', '<<<', '3<<E', '[', ']', '["a"', '["', '",', '{', '# ', '#', '# escape=`\n'],
  ...['FROM ', 'from a as b\n', 'FROM scratch\n', 'RUN ', 'COPY ', 'ADD ', 'ENV ', 'ARG ', 'LABEL ', 'ONBUILD '],
  ...['HEALTHCHECK ', 'SHELL ["', 'CMD ', 'USER ', 'EXPOSE ', 'VOLUME ', 'WORKDIR ', 'STOPSIGNAL ', 'AS ', 'NONE'],
  ...['--mount=type=cache,target=/x ', '--from=', '--chown=', '--interval=', '--', '-', '=', ',', ':', '@', '/', '*'],
  ...['# check=skip=all\n', '# hadolint ignore=DL3006\n', '# syntax=docker/dockerfile:1\n', '\n\n\n', '\\\n\n\\\n'],
  ...['apt-get install -y x', 'cd /', 'sudo ', 'curl x | sh', 'pip install x', 'case x in y) ;; esac', 'if true; then'],
] as const;

/** Longer texts are cut: a mistake that a long text shows a shorter one does, too. */
const LONGEST = 4000;

/** A text made from one of the seeds by a few changes that the random source decides. */
export function mutated(seeds: readonly string[], random: Random): string {
  let text = random.of(seeds);
  for (let count = 1 + random.below(6); count > 0; count--) text = changed(text, seeds, random);
  return text.slice(0, LONGEST);
}

function changed(text: string, seeds: readonly string[], random: Random): string {
  const at = random.below(text.length + 1);
  const to = at + random.below(Math.min(text.length - at + 1, 1 + random.below(40)));
  switch (random.below(8)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, to) + text.slice(at, to) + text.slice(to);
    case 2:
      return text.slice(0, at);
    case 3:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 4: {
      const lines = text.split('\n');
      const line = lines.splice(random.below(lines.length), 1);
      lines.splice(random.below(lines.length + 1), 0, ...line);
      return lines.join('\n');
    }
    case 5: {
      const other = random.of(seeds);
      const from = random.below(other.length + 1);
      return text.slice(0, at) + other.slice(from, from + 1 + random.below(200)) + text.slice(to);
    }
    default:
      return text.slice(0, at) + random.of(WORDS) + text.slice(random.below(2) === 0 ? at : to);
  }
}
