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
    scope: 'script',
    docs: {
      why: 'Without a terminal wget writes a line for every few kilobytes into the log of the build.',
      bad: 'FROM debian:13\nRUN wget https://example.com/tool',
      good: 'FROM debian:13\nRUN wget --progress=dot:giga https://example.com/tool',
      fix: {
        does: 'Adds --progress=dot:giga.',
        changes: 'the log of the build has a line for every few megabytes only',
      },
    },
  },
  function* ({ commands }) {
    for (const { command, script } of commands.of('wget')) {
      if (hasFlag(command, ...QUIET) || hasWord(command, '-nv')) continue;
      yield {
        message: 'wget fills the log with its progress; add --progress=dot:giga, -q or -nv',
        range: command.rangeOf(0, command.words.length - 1),
        at: script.outer.node,
        fixes: [insertFix(script, command, 0, '--progress=dot:giga')],
      };
    }
  },
);
