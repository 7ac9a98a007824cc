import { isOfBusyBox } from '../busybox-image.ts';
import { hasFlag, hasWord } from '../command-words.ts';
import { hadolintRule } from '../rule.ts';
import { insertFix } from '../script-edits.ts';

const QUIET = ['progress', 'q', 'quiet', 'o', 'output-file', 'a', 'append-output', 'no-verbose'];

/** `wget` that draws its progress: hadolint's DL3047. */
export const wgetProgress = hadolintRule(
  {
    id: 'wget-progress',
    code: 'DL3047',
    title: 'wget should not draw its progress',
    severity: 'info',
    scope: 'stage',
    docs: {
      why: 'Without a terminal wget writes a line for every few kilobytes into the log of the build.',
      bad: 'FROM debian:13\nRUN wget https://example.com/tool',
      good: 'FROM debian:13\nRUN wget --progress=dot:giga https://example.com/tool',
      fix: {
        does: 'Adds --progress=dot:giga; in images of Alpine and BusyBox, whose wget does not know it, -q.',
        changes: 'the log of the build tells less of the download',
      },
    },
  },
  function* ({ commands, sections }) {
    for (const { command, script } of commands.of('wget')) {
      if (hasFlag(command, ...QUIET) || hasWord(command, '-nv')) continue;
      const option = isOfBusyBox(script, sections) ? '-q' : '--progress=dot:giga';
      yield {
        message: `wget fills the log with its progress; add ${option === '-q' ? option : `${option}, -q or -nv`}`,
        range: command.rangeOf(0, command.words.length - 1),
        at: script.outer.node,
        fixes: [insertFix(script, command, 0, option)],
      };
    }
  },
);
